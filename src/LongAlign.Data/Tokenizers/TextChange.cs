namespace LongAlign.Data;

/// <summary>A step of a normalizer: changes a text.</summary>
internal delegate string TextChange(string text, TextPlace place);
