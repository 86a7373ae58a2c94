namespace LongAlign.Data;

/// <summary>A stretch of rendered text that comes from one part of an assistant's message.</summary>
/// <param name="Part">Which part.</param>
/// <param name="Start">Its first character, in UTF-16 units.</param>
/// <param name="End">Behind its last.</param>
/// <param name="SourceStart">Its first character in the part.</param>
/// <param name="SourceEnd">Behind its last there.</param>
internal readonly record struct AnswerSpan(MessagePart Part, int Start, int End, int SourceStart, int SourceEnd);
