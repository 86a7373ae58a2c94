using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace LongAlign.Cli.Recipes;

/// <summary>An option of a recipe, as its C# property says: key, description, type, range and default are declared there and nowhere else.</summary>
internal sealed class RecipeProperty
{
    private RecipeProperty(PropertyInfo property)
    {
        Property = property;
        Key = KeyOf(property.Name);
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        IsList = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>);
        ValueType = IsList ? type.GetGenericArguments()[0] : type;
        IsOptional = !IsRequired && new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable;
    }

    public PropertyInfo Property { get; }

    public string Key { get; }

    /// <summary>The type of the value, or of a list's items.</summary>
    public Type ValueType { get; }

    public bool IsList { get; }

    /// <summary>Whether nothing may stand for it, which is then its default.</summary>
    public bool IsOptional { get; }

    public bool IsRequired => Property.IsDefined(typeof(RequiredMemberAttribute));

    public bool IsPath => Property.IsDefined(typeof(RecipePathAttribute));

    /// <summary>Whether the value, or each item of a list, has its own options.</summary>
    public bool IsSection => ValueType.IsClass && ValueType != typeof(string);

    public string Description => Property.GetCustomAttribute<DescriptionAttribute>()!.Description;

    public RangeAttribute? Range => Property.GetCustomAttribute<RangeAttribute>();

    /// <summary>The names that the value may have; null where it is not an enumeration.</summary>
    public IReadOnlyList<string>? Names => ValueType.IsEnum ? [.. Enum.GetNames(ValueType).Select(KeyOf)] : null;

    /// <summary>The expected kind of value, for messages.</summary>
    public string Expected
    {
        get
        {
            string range = Range is null ? "" : $" {DescribeRange(Range)}";
            string item = Names is { } names ? $"one of {string.Join(", ", names)}"
                : IsSection ? "options with values"
                : ValueType == typeof(string) ? "a text"
                : ValueType == typeof(bool) ? "true or false"
                : IsWhole(ValueType) ? $"a whole number{range}"
                : $"a number{range}";
            return IsList ? $"a list, each item {item}" : item;
        }
    }

    public static IReadOnlyList<RecipeProperty> Of(Type section)
        => [.. section.GetProperties().Where(property => property.IsDefined(typeof(DescriptionAttribute))).Select(property => new RecipeProperty(property))];

    /// <summary>A section with its defaults.</summary>
    public static object CreateDefault(Type section) => Activator.CreateInstance(section)!;

    public static string KeyOf(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);

    public static bool IsWhole(Type type) => type == typeof(int) || type == typeof(long) || type == typeof(ulong);

    private static string DescribeRange(RangeAttribute range)
    {
        string least = range.MinimumIsExclusive ? $"more than {Text(range.Minimum)}" : $"at least {Text(range.Minimum)}";
        return range.Maximum is int.MaxValue or double.MaxValue ? least : $"{least} and {(range.MaximumIsExclusive ? "less than" : "at most")} {Text(range.Maximum)}";
    }

    private static string Text(object number) => Convert.ToString(number, System.Globalization.CultureInfo.InvariantCulture)!;
}
