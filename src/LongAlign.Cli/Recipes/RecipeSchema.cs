using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LongAlign.Cli.Recipes;

/// <summary>JSON Schemas of recipes, for completion and checks in editors. Draft 07, which editors know best.</summary>
internal static class RecipeSchema
{
    public static JsonObject Create(Type recipe, string title)
    {
        JsonObject schema = new() { ["$schema"] = "http://json-schema.org/draft-07/schema#", ["title"] = title };
        foreach ((string key, JsonNode? value) in Section(recipe, isOptional: false))
        {
            schema[key] = value?.DeepClone();
        }

        return schema;
    }

    /// <summary>The default of an option as JSON; null where it has none.</summary>
    public static JsonNode? DefaultOf(RecipeProperty property, object section) => property.IsRequired || property.IsSection ? null
        : property.Property.GetValue(section) switch
        {
            null => null,
            Enum name => RecipeProperty.KeyOf(name.ToString()),
            object value => JsonSerializer.SerializeToNode(value, Terminal.ResultJson.Options),
        };

    private static JsonObject Section(Type type, bool isOptional)
    {
        object defaults = RecipeProperty.CreateDefault(type);
        IReadOnlyList<RecipeProperty> properties = RecipeProperty.Of(type);
        JsonObject section = new()
        {
            ["type"] = Type("object", isOptional),
            ["additionalProperties"] = false,
            ["properties"] = new JsonObject(properties.Select(property => KeyValuePair.Create(property.Key, (JsonNode?)Option(property, defaults)))),
        };
        JsonNode?[] required = [.. properties.Where(property => property.IsRequired).Select(property => JsonValue.Create(property.Key))];
        if (required.Length > 0)
        {
            section["required"] = new JsonArray(required);
        }

        return section;
    }

    private static JsonObject Option(RecipeProperty property, object section)
    {
        JsonObject value = property.IsSection ? Section(property.ValueType, isOptional: !property.IsRequired && !property.IsList) : Scalar(property);
        JsonObject option = property.IsList ? new JsonObject { ["type"] = Type("array", property.IsOptional), ["items"] = value } : value;
        option["description"] = property.Description;
        if (DefaultOf(property, section) is { } standard)
        {
            option["default"] = standard;
        }

        return option;
    }

    private static JsonObject Scalar(RecipeProperty property)
    {
        bool isOptional = property.IsOptional && !property.IsList;
        if (property.Names is { } names)
        {
            return new JsonObject { ["enum"] = new JsonArray([.. names.Select(name => JsonValue.Create(name)), .. isOptional ? new JsonNode?[] { null } : []]) };
        }

        string type = property.ValueType == typeof(string) ? "string" : property.ValueType == typeof(bool) ? "boolean" : RecipeProperty.IsWhole(property.ValueType) ? "integer" : "number";
        JsonObject scalar = new() { ["type"] = Type(type, isOptional) };
        if (property.Range is { } range)
        {
            scalar[range.MinimumIsExclusive ? "exclusiveMinimum" : "minimum"] = Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture);
            if (range.Maximum is not (int.MaxValue or double.MaxValue))
            {
                scalar[range.MaximumIsExclusive ? "exclusiveMaximum" : "maximum"] = Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture);
            }
        }

        return scalar;
    }

    private static JsonNode Type(string name, bool isOptional) => isOptional ? new JsonArray(name, "null") : JsonValue.Create(name);
}
