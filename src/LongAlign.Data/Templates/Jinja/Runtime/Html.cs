namespace LongAlign.Data.Templates.Jinja;

/// <summary>Text for HTML.</summary>
internal static class Html
{
    /// <summary>The text as markup; what is markup already stays.</summary>
    public static Text Escape(Text text)
    {
        if (text.IsMarkup)
        {
            return text;
        }

        TextBuilder escaped = new();
        for (int i = 0; i < text.Value.Length; i++)
        {
            string? entity = text.Value[i] switch { '&' => "&amp;", '<' => "&lt;", '>' => "&gt;", '"' => "&#34;", '\'' => "&#39;", _ => null };
            if (entity is null)
            {
                escaped.Append(text, i, 1);
            }
            else
            {
                escaped.AppendAs(entity, text, i, 1);
            }
        }

        return escaped.ToText(isMarkup: true);
    }
}
