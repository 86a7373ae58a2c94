using LongAlign.Models.Configuration;
using LongAlign.Models.Decoders;

namespace LongAlign.Models.Tests.Families;

/// <summary>The table of families in docs/models.md is what the code says.</summary>
public sealed class FamilyTableTests
{
    [Fact]
    public void The_table_of_the_documentation_is_made_from_the_code()
    {
        string table = string.Join('\n', Lines());
        Assert.True(Text().Contains(table, StringComparison.Ordinal), "docs/models.md should have:\n" + table);
    }

    /// <summary>What was compared with what is said as it is: the checkpoints of each family, and of those none that the tests don't have.</summary>
    [Fact]
    public void The_table_of_what_was_compared_is_made_from_the_golden_data()
    {
        string text = Text();
        Assert.SkipUnless(ModelSet.IsShared, "The golden data are of another set, or not there.");
        bool isWhole = !ModelSet.Root!.StartsWith(AppContext.BaseDirectory, StringComparison.Ordinal); // a part of it is along with the tests
        ILookup<string, string> compared = ModelSet.Models.ToLookup(ModelSet.FamilyOf);
        Assert.All(compared, family =>
        {
            string row = text.Split('\n').Single(line => line.StartsWith($"| `{family.Key}` | ", StringComparison.Ordinal));
            Assert.All(family, folder => Assert.Contains($"`{folder}`", row, StringComparison.Ordinal));
        });
        if (isWhole)
        {
            string table = string.Join('\n', compared.OrderBy(family => family.Key, StringComparer.Ordinal)
                .Select(family => $"| `{family.Key}` | {string.Join(", ", family.Order(StringComparer.Ordinal).Select(folder => $"`{folder}`"))} |"));
            Assert.True(text.Contains(table, StringComparison.Ordinal), "docs/models.md should have:\n" + table);
            Assert.Contains($"{ModelSet.Models.Count - compared["gpt_oss"].Count()} tiny checkpoints of every family but ChatGLM", text, StringComparison.Ordinal);
            Assert.Contains($"| {ModelSet.Adapters.Count} of PEFT", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_family_is_in_the_table_and_in_the_golden_data()
    {
        string[] lines = [.. Lines()];
        Assert.All(ModelFamily.All, family => Assert.Contains(lines, line => line.Contains($"`{family.ModelType}`", StringComparison.Ordinal)));
        Assert.SkipWhen(ModelSet.Root is null, "There is no folder golden/models: set LONGALIGN_GOLDEN.");
        HashSet<string> compared = [.. ModelSet.Models.Select(ModelSet.FamilyOf)];
        Assert.All(
            HuggingFaceFamilies.All.Select(family => family.ModelType).Except(["ministral3"]), // which mistral3 folders have inside
            type => Assert.True(compared.Contains(type) || Environment.GetEnvironmentVariable("LONGALIGN_GOLDEN") is { Length: > 0 }, type));
    }

    private static IEnumerable<string> Lines()
    {
        yield return "| models | `model_type` | norms | biases: qkv, o, mlp | rotary positions | windows | feed-forward | other |";
        yield return "| --- | --- | --- | --- | --- | --- | --- | --- |";
        foreach (HuggingFaceFamily family in HuggingFaceFamilies.All)
        {
            yield return $"| {family.Title} | `{family.ModelType}` | {Norms(family)} | {family.QueryBias}, {family.OutputBias}, {family.FeedForwardBias} | {Rope(family)} | {family.Windows?.Text ?? ""} | {FeedForward(family)} | {Other(family)} |";
        }

        foreach (MultimodalFamily family in new[] { MultimodalFamily.Mistral3, MultimodalFamily.Gemma3 })
        {
            yield return $"| {family.Title} | `{family.ModelType}` | as {string.Join(" or ", family.Texts.Select(text => $"`{text.ModelType}`"))}, in `text_config` | | | | | |";
        }

        yield return "| ChatGLM3, GLM-4 in the `chatglm` format | `chatglm` | before | `add_qkv_bias`, `add_bias_linear`, `add_bias_linear` | half, neighbours; base 10,000 × `rope_ratio` | | silu, fused | qkv fused |";
    }

    private static string Norms(HuggingFaceFamily family)
    {
        string where = (family.Names.AttentionNorm, family.Names.AttentionOutputNorm) switch
        {
            (not null, not null) => "before and behind",
            (null, _) => "behind",
            _ => "before",
        };
        string kind = family.NormKind switch { NormKind.RootMeanSquareFromOne => ", 1 + w", NormKind.Layer => ", LayerNorm", _ => "" };
        string heads = family.QueryKeyNorm switch { QueryKeyNorm.Head => "; q and k by head", QueryKeyNorm.Width => "; q and k whole", _ => "" };
        return where + kind + heads;
    }

    private static string Rope(HuggingFaceFamily family)
    {
        List<string> parts = [];
        if (family.RotaryShare is { } share)
        {
            parts.Add(FormattableString.Invariant($"`partial_rotary_factor` ({share})"));
        }

        if (family.InterleavedRope)
        {
            parts.Add("neighbours");
        }

        if (family.LocalTheta is not null)
        {
            parts.Add("`rope_local_base_freq` in windows");
        }

        if (family.ScalesFullLayersAlone)
        {
            parts.Add("no scaling in windows");
        }

        if (family.SkipsRope)
        {
            parts.Add("none in some layers (`no_rope_layers`)");
        }

        return string.Join(", ", parts);
    }

    private static string FeedForward(HuggingFaceFamily family)
    {
        string activation = family.Activation == Activation.Silu ? "silu" : "gelu";
        string form = family.Gated ? family.Names.FeedForwardInputs.Count == 1 ? ", fused" : "" : ", no gate";
        return activation + form + (family.Experts is not { } experts ? "" : experts.HasShared ? "; experts and a shared one" : "; experts");
    }

    private static string Other(HuggingFaceFamily family)
    {
        List<string> parts = [];
        if (family.Names.AttentionInputs.Count == 1)
        {
            parts.Add("qkv fused");
        }

        if (family.GemmaScales)
        {
            parts.Add("embedding × √hidden, `query_pre_attn_scalar`, soft caps");
        }

        if (family.GraniteScales)
        {
            parts.Add("four multipliers");
        }

        if (family.ScalesQueries)
        {
            parts.Add("queries grow with the position");
        }

        if (family.Tied)
        {
            parts.Add("tied unless said");
        }

        return string.Join(", ", parts);
    }

    private static string Text()
    {
        string? document = Document();
        Assert.SkipUnless(File.Exists(document), "The documentation is not beside the tests.");
        return File.ReadAllText(document!).ReplaceLineEndings("\n");
    }

    private static string? Document()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "LongAlign.Core.sln")))
        {
            folder = folder.Parent;
        }

        return folder is null ? null : Path.Combine(folder.FullName, "docs", "models.md");
    }
}
