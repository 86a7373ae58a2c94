using System.Text;

namespace LongAlign.Cli.Recipes;

/// <summary>A recipe to begin with: every option with what it does, those that have a default as comments.</summary>
internal static class RecipeTemplate
{
    public static string Create(Type recipe, string name)
    {
        StringBuilder text = new($"# yaml-language-server: $schema={name}.schema.json\n# A recipe of 'longalign {name}'. Options behind a # have the value shown, or none, unless set. Paths are from this file's folder.\n");
        Append(text, recipe, indent: "", mark: "");
        return text.ToString();
    }

    private static void Append(StringBuilder text, Type section, string indent, string mark)
    {
        object defaults = RecipeProperty.CreateDefault(section);
        foreach (RecipeProperty property in RecipeProperty.Of(section))
        {
            // What stands in an optional section is a comment, and so are its own options.
            string own = mark.Length > 0 || !property.IsRequired ? "# " : "";
            text.Append('\n').Append(indent).Append("# ").Append(property.Description).Append(property.IsRequired ? " Required." : "").Append('\n');
            if (!property.IsSection)
            {
                string value = RecipeSchema.DefaultOf(property, defaults)?.ToJsonString() ?? "";
                text.Append(indent).Append(own).Append(property.Key).Append(value.Length > 0 ? $": {value.Trim('"')}" : ":").Append('\n');
                continue;
            }

            text.Append(indent).Append(own).Append(property.Key).Append(property.IsList ? ": # a list; each item:\n" : ":\n");
            Append(text, property.ValueType, $"{indent}{(own.Length > 0 ? "# " : "")}  ", mark: "");
        }
    }
}
