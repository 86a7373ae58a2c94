namespace LongAlign.Data;

/// <summary>A stretch of rendered text that is learned of a message.</summary>
/// <param name="Start">Its first character.</param>
/// <param name="End">Behind its last.</param>
/// <param name="Message">The message.</param>
internal readonly record struct AnswerTurn(int Start, int End, int Message);
