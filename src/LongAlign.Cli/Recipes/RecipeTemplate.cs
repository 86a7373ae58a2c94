using System.Text;

namespace LongAlign.Cli.Recipes;

/// <summary>A recipe to begin with: every option with what it does, those that have a default as comments.</summary>
internal static class RecipeTemplate
{
    public static string Create(Type recipe, string name)
    {
        StringBuilder text = new($"# yaml-language-server: $schema={name}.schema.json\n# A recipe of 'longalign {name}'. Options behind a # have the value shown, or none, unless set. Paths are from this file's folder.\n");
        Append(text, recipe, indent: "");
        return text.ToString();
    }

    private static void Append(StringBuilder text, Type section, string indent)
    {
        object defaults = RecipeProperty.CreateDefault(section);
        foreach (RecipeProperty property in RecipeProperty.Of(section))
        {
            // An optional section is a comment with all that is in it.
            string own = property.IsRequired ? "" : "# ";
            text.Append('\n').Append(indent).Append("# ").Append(property.Description).Append(property.IsRequired ? " Required." : "").Append('\n');
            if (!property.IsSection)
            {
                string value = RecipeSchema.DefaultOf(property, defaults)?.ToJsonString() ?? "";
                text.Append(indent).Append(own).Append(property.Key).Append(value.Length > 0 ? $": {value.Trim('"')}" : ":").Append('\n');
                continue;
            }

            string inner = $"{indent}{own}  ";
            text.Append(indent).Append(own).Append(property.Key).Append(":\n").Append(property.IsList ? $"{inner}- # one item; further ones follow\n" : "");
            Append(text, property.ValueType, property.IsList ? inner + "  " : inner);
        }
    }
}
