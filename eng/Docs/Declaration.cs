using System.Text;
using Microsoft.CodeAnalysis;

namespace Docs;

/// <summary>The declarations of types and members, in C#.</summary>
internal static class Declaration
{
    private const int LineLength = 100;

    private static readonly SymbolDisplayFormat Names = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypes,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeVariance,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier | SymbolDisplayMiscellaneousOptions.AllowDefaultLiteral);

    private static readonly SymbolDisplayFormat Members = new(
        typeQualificationStyle: Names.TypeQualificationStyle,
        genericsOptions: Names.GenericsOptions | SymbolDisplayGenericsOptions.IncludeTypeConstraints,
        memberOptions: SymbolDisplayMemberOptions.IncludeAccessibility | SymbolDisplayMemberOptions.IncludeModifiers | SymbolDisplayMemberOptions.IncludeType
            | SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeRef | SymbolDisplayMemberOptions.IncludeConstantValue,
        parameterOptions: SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName | SymbolDisplayParameterOptions.IncludeDefaultValue
            | SymbolDisplayParameterOptions.IncludeParamsRefOut | SymbolDisplayParameterOptions.IncludeExtensionThis,
        propertyStyle: SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
        kindOptions: SymbolDisplayKindOptions.IncludeMemberKeyword,
        miscellaneousOptions: Names.MiscellaneousOptions);

    private static readonly SymbolDisplayFormat Titles = Names
        .WithMemberOptions(SymbolDisplayMemberOptions.IncludeParameters)
        .WithParameterOptions(SymbolDisplayParameterOptions.IncludeName);

    /// <summary>The name of a type, or of a member with the names of its parameters.</summary>
    public static string Title(ISymbol symbol) => symbol is IPropertySymbol { IsIndexer: true } indexer
        ? $"this[{string.Join(", ", indexer.Parameters.Select(parameter => parameter.Name))}]"
        : symbol.ToDisplayString(Titles);

    /// <summary>The kind of a type: class, static class, record, enum ….</summary>
    public static string Kind(INamedTypeSymbol type) => type switch
    {
        { TypeKind: TypeKind.Interface } => "interface",
        { TypeKind: TypeKind.Enum } => "enum",
        { TypeKind: TypeKind.Delegate } => "delegate",
        { TypeKind: TypeKind.Struct } => type.IsReadOnly ? "readonly struct" : "struct",
        { IsStatic: true } => "static class",
        _ => (type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "") + (type.IsRecord ? "record" : "class"),
    };

    public static string Of(ISymbol symbol)
    {
        if (symbol is not INamedTypeSymbol type)
        {
            return InLines(symbol.ToDisplayParts(Members)) + (symbol is IMethodSymbol ? ";" : "");
        }

        if (type.DelegateInvokeMethod is { } invoke)
        {
            return $"public delegate {invoke.ReturnType.ToDisplayString(Names)} {type.ToDisplayString(Names)}({string.Join(", ", invoke.Parameters.Select(parameter => parameter.ToDisplayString(Members)))});";
        }

        IEnumerable<INamedTypeSymbol> bases = type.TypeKind is TypeKind.Class && type.BaseType is { SpecialType: not SpecialType.System_Object } one ? [one] : [];
        // What a base or an interface already brings, and a record's equality, says nothing.
        IEnumerable<INamedTypeSymbol> interfaces = type.Interfaces.Where(candidate => candidate.Name != "IEquatable" && !type.Interfaces.Any(other => other.AllInterfaces.Contains(candidate, SymbolEqualityComparer.Default)));
        string after = type.TypeKind == TypeKind.Enum ? "" : string.Join(", ", bases.Concat(interfaces).Select(name => name.ToDisplayString(Names)));
        return $"public {Kind(type)} {type.ToDisplayString(Names)}{(after.Length == 0 ? "" : " : " + after)}";
    }

    /// <summary>One parameter a line, where one line would be too long.</summary>
    private static string InLines(IReadOnlyList<SymbolDisplayPart> parts)
    {
        string line = string.Concat(parts);
        if (line.Length <= LineLength)
        {
            return line;
        }

        StringBuilder lines = new();
        int depth = 0;
        foreach (SymbolDisplayPart part in parts)
        {
            string text = part.ToString();
            depth += text is "(" or "<" or "[" ? 1 : text is ")" or ">" or "]" ? -1 : 0;
            lines.Append(text == " " && lines[^1] == '\n' ? "" : text is " " && lines is [.., ' '] ? "" : text);
            if ((text == "(" && depth == 1) || (text == "," && depth == 1))
            {
                lines.Append("\n    ");
            }
        }

        return lines.ToString();
    }
}
