using System.Reflection;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace LongAlign.Solution.Tests.Documents;

/// <summary>A block of code made into a class: the block is the body of a method, types that it declares at its end stand beside it, and <see cref="SnippetNames"/> has the names that it leaves open.</summary>
internal static partial class Snippet
{
    private static readonly CSharpParseOptions Options = new(LanguageVersion.Latest);

    // What a new project has without being told.
    private static readonly SyntaxTree ImplicitUsings = GlobalUsings("System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading", "System.Threading.Tasks");

    // What the reader of a part of a program adds without a thought. Names of other packages stand in the block itself.
    private static readonly SyntaxTree OwnUsings = GlobalUsings(
        "LongAlign.Attention", "LongAlign.Batching", "LongAlign.Collation", "LongAlign.Data", "LongAlign.Data.Export", "LongAlign.Requests",
        "LongAlign.Data.SelfInstruct", "LongAlign.Data.Store", "LongAlign.Distributed", "LongAlign.Distributed.Mpi", "LongAlign.Evaluation.Comparisons",
        "LongAlign.Evaluation.Judging", "LongAlign.Chat", "LongAlign.Evaluation.Needles", "LongAlign.Evaluation.Perplexity",
        "LongAlign.Evaluation.Reports", "LongAlign.Evaluation.Runs", "LongAlign.Losses", "LongAlign.Models", "LongAlign.Models.Adapters",
        "LongAlign.Models.Generation", "LongAlign.Native", "LongAlign.Packing", "LongAlign.Safetensors", "LongAlign.Sequences", "LongAlign.Training",
        "System.Text.Json", "TorchSharp", "static TorchSharp.torch");

    /// <summary>Compiles a block. One that has using directives of ours is a whole program and gets no others.</summary>
    /// <returns>The compiled class.</returns>
    /// <exception cref="Xunit.Sdk.XunitException">It does not compile; the message has the document's lines.</exception>
    public static Type Compile(CodeBlock block)
    {
        string usings = string.Concat(UsingDirective().Matches(block.Code).Select(match => match.Value + "\n"));
        // A "…" stands for what the reader fills in.
        string body = UsingDirective().Replace(block.Code, "").Replace("…", "", StringComparison.Ordinal);
        int types = TypeDeclaration().Match(body) is { Success: true } declaration ? declaration.Index : body.Length;
        int lines = body.AsSpan(0, types).Count('\n');
        string source = $$"""
            {{usings}}
            public sealed class Code : {{typeof(SnippetNames).FullName}}
            {
                public override async Task RunAsync()
                {
            #line {{block.Line}} "{{block.Document}}"
            {{body[..types]}}
            #line hidden
                    await Task.CompletedTask;
                }
            }
            #line {{block.Line + lines}} "{{block.Document}}"
            {{body[types..]}}
            """;

        SyntaxTree[] trees = [CSharpSyntaxTree.ParseText(source, Options), ImplicitUsings, .. usings.Contains("using LongAlign.", StringComparison.Ordinal) ? (SyntaxTree[])[] : [OwnUsings]];
        var compilation = CSharpCompilation.Create("Snippet", trees, Repository.References, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using MemoryStream assembly = new();
        var diagnostics = compilation.Emit(assembly).Diagnostics;
        Assert.True(
            diagnostics.All(diagnostic => diagnostic.Severity != DiagnosticSeverity.Error),
            string.Join(Environment.NewLine, diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)));

        assembly.Position = 0;
        return new AssemblyLoadContext(name: null, isCollectible: true).LoadFromStream(assembly).GetType("Code", throwOnError: true)!;
    }

    private static SyntaxTree GlobalUsings(params string[] names) =>
        CSharpSyntaxTree.ParseText(string.Concat(names.Select(name => $"global using {name};\n")), Options);

    /// <summary>The first type that is declared, which ends the statements of a program.</summary>
    [GeneratedRegex("^(public )?sealed class ", RegexOptions.Multiline)]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"^using (static )?(\w+ = )?[\w.]+;$", RegexOptions.Multiline)]
    private static partial Regex UsingDirective();
}
