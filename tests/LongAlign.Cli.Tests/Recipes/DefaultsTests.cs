using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using LongAlign.Cli.Recipes;
using LongAlign.Cli.Terminal;
using LongAlign.Models.Adapters;
using LongAlign.Training;

namespace LongAlign.Cli.Tests.Recipes;

/// <summary>The table of docs/defaults.md is that of the code, of the builder as of the recipe.</summary>
public sealed partial class DefaultsTests
{
    private const string None = "none";
    private const string Required = "required";

    private static readonly Type[] Options = [typeof(PackingOptions), typeof(PaddedBatchingOptions), typeof(AdamWOptions), typeof(EvaluationOptions), typeof(LoraOptions)];

    // What holds without the call; the others say what a run is made of, and have no default.
    private static readonly Dictionary<string, string> FieldOfCall = new()
    {
        ["UseOptimizer"] = "_optimizer",
        ["UseLoss"] = "_loss",
        ["UseLossWeighting"] = "_reduction",
        ["UseGradientAccumulation"] = "_accumulationSteps",
        ["UseGradientClipping"] = "_maxGradientNorm",
        ["UseGradientCheckpointing"] = "_gradientCheckpointing",
        ["UseMixedPrecision"] = "_mixedPrecision",
        ["UseFloat32Gradients"] = "_float32GradientsFrom",
        ["UseSharding"] = "_sharding",
        ["UseSequenceParallelism"] = "_sequenceParallelism",
        ["UseSeed"] = "_seed",
        ["StopAfterNonFinite"] = "_nonFiniteLimit",
    };

    private static readonly string[] CallsWithoutDefault =
    [
        "UsePacking", "UseSortedBatching", "UseNaiveBatching", "UseBatching", "UseSchedule", "ConfigureModel", "UseProcessGroup", "EvaluateEvery", "ReportProgress", "ReportEvaluations", "UseLogger", "Build",
    ];

    private static readonly Row[] Rows = [.. ReadRows()];

    public static TheoryData<string> Lines => [.. Rows.Select(row => row.Line)];

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_row_has_the_default_of_builder_and_recipe(string line)
    {
        Row row = Rows.Single(candidate => candidate.Line == line);
        Assert.All(row.Builder, name => Assert.Equal((name, row.Default), (name, DefaultOfBuilder(name))));
        Assert.All(row.Recipe, path => Assert.Equal((path, row.Default), (path, DefaultOfRecipe(path))));
        Assert.NotEmpty(row.Builder.Concat(row.Recipe));
    }

    [Fact]
    public void Every_option_of_the_recipe_has_a_row()
        => Assert.Empty(PathsOf(typeof(TrainRecipe), "").Except(Rows.SelectMany(row => row.Recipe)));

    [Fact]
    public void Every_option_of_the_builder_has_a_row()
    {
        IEnumerable<string> options = Options.SelectMany(type => PropertiesOf(type).Select(property => $"{type.Name}.{property.Name}"));
        MethodInfo[] calls = [.. typeof(LongAlignTrainerBuilder).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)];
        IEnumerable<string> parameters = calls.Append(typeof(LongAlignTrainer).GetMethod(nameof(LongAlignTrainer.TrainAsync))!)
            .SelectMany(call => call.GetParameters().Where(HasDefault).Select(parameter => $"{call.Name}({parameter.Name})"));
        string[] names = [.. Rows.SelectMany(row => row.Builder)];
        Assert.Empty(options.Concat(parameters).Except(names));

        // A call stands for itself, or its parameters for it.
        Assert.Empty(calls.Select(call => call.Name).Except(CallsWithoutDefault).Except(names.Select(name => name.Split('(')[0])));
    }

    [Fact]
    public void The_schedule_without_a_call_is_the_recipe_s()
    {
        Assert.Equal(DescriptionOf(new ScheduleRecipe().ToSchedule()), DescriptionOf(FieldOf("_schedule")!));

        static string DescriptionOf(object schedule)
            => (string)schedule.GetType().GetProperty("Description", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(schedule)!;
    }

    private static string DefaultOfBuilder(string name)
    {
        if (name.Split('.') is [var type, var property])
        {
            Type options = Options.Single(candidate => candidate.Name == type);
            return Text(options.GetProperty(property)!.GetValue(Activator.CreateInstance(options)));
        }

        if (name.Split('(', ')') is [var call, var parameter, _])
        {
            Type owner = call == nameof(LongAlignTrainer.TrainAsync) ? typeof(LongAlignTrainer) : typeof(LongAlignTrainerBuilder);
            ParameterInfo found = owner.GetMethods().Where(method => method.Name == call).SelectMany(method => method.GetParameters()).Single(candidate => candidate.Name == parameter);
            return Text(found.ParameterType.IsEnum ? Enum.ToObject(found.ParameterType, found.DefaultValue!) : found.DefaultValue);
        }

        return name switch
        {
            "UseModel" or "UseDataset" => Required,
            "UseCosineSchedule" => RecipeProperty.KeyOf(nameof(ScheduleKind.Cosine)), // see the test of the schedule
            _ => Text(FieldOf(FieldOfCall[name])),
        };
    }

    private static object? FieldOf(string name)
        => typeof(LongAlignTrainerBuilder).GetField(name, BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(LongAlignTrainer.CreateBuilder());

    private static string DefaultOfRecipe(string path)
    {
        Type section = typeof(TrainRecipe);
        string[] keys = path.Split('.');
        foreach (string key in keys[..^1])
        {
            section = Find(section, key).ValueType;
        }

        RecipeProperty property = Find(section, keys[^1]);
        return property.IsRequired ? Required : RecipeSchema.DefaultOf(property, RecipeProperty.CreateDefault(section))?.ToJsonString().Trim('"') ?? None;

        static RecipeProperty Find(Type section, string key) => RecipeProperty.Of(section).Single(property => property.Key == key);
    }

    private static IEnumerable<string> PathsOf(Type section, string prefix)
        => RecipeProperty.Of(section).SelectMany(property => property.IsSection
            ? PathsOf(property.ValueType, $"{prefix}{property.Key}.")
            : [prefix + property.Key]);

    private static IEnumerable<PropertyInfo> PropertiesOf(Type options) => options.GetProperties().Where(property => property.SetMethod is { IsPublic: true });

    /// <summary>Whether there is a default that means something: functions that change options are none, nor is what the compiler fills in.</summary>
    private static bool HasDefault(ParameterInfo parameter)
        => parameter.HasDefaultValue && !typeof(Delegate).IsAssignableFrom(parameter.ParameterType) && parameter.ParameterType != typeof(string) && parameter.ParameterType != typeof(CancellationToken);

    /// <summary>A default as the recipe writes it; the largest number stands for no limit.</summary>
    private static string Text(object? value) => value switch
    {
        null or int.MaxValue => None,
        Enum name => RecipeProperty.KeyOf(name.ToString()),
        _ => JsonSerializer.Serialize(value, ResultJson.Options).ReplaceLineEndings("").Replace("  ", "", StringComparison.Ordinal),
    };

    private static IEnumerable<Row> ReadRows()
    {
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "docs", "defaults.md")))
        {
            if (line.Split('|') is ["", var builder, var recipe, var value, _, ""] && !builder.Contains("---", StringComparison.Ordinal) && builder.Trim() != "builder")
            {
                yield return new Row(line, NamesIn(builder), NamesIn(recipe), value.Trim().Trim('`'));
            }
        }
    }

    private static string[] NamesIn(string cell) => [.. CodeSpan().Matches(cell).Select(match => match.Groups[1].Value)];

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex CodeSpan();

    private sealed record Row(string Line, string[] Builder, string[] Recipe, string Default);
}
