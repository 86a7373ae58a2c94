using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LongAlign.Data;
using LongAlign.Evaluation.Needles;

namespace LongAlign.Evaluation.Tests.Needles;

public sealed class NeedleGoldenTests
{
    private static readonly JsonElement Cases = Golden.ReadJson("needle", "cases.json");

    private readonly ModelTokenizer _tokenizer = ToyTokenizer.Read(Cases);

    [Fact]
    public void Lengths_and_depths_are_the_reference_s()
    {
        int compared = 0;
        foreach (JsonElement schedule in Cases.GetProperty("schedules").EnumerateArray())
        {
            JsonElement args = schedule.GetProperty("args");
            double[] expected = Golden.Numbers(schedule.GetProperty("values"));
            double[] actual = schedule.GetProperty("kind").GetString() == "lengths"
                ? [.. NeedleSchedule.Lengths(Arg("context_lengths_min"), Arg("context_lengths_max"), Arg("context_lengths_num_intervals")).Select(length => (double)length)]
                : schedule.GetProperty("type").GetString() == "linear" ? [.. NeedleSchedule.LinearDepths(Arg("min"), Arg("max"), Arg("intervals"))]
                : [.. NeedleSchedule.SigmoidDepths(Arg("min"), Arg("max"), Arg("intervals"))];
            Assert.Equal(expected, actual);
            compared++;

            int Arg(string name) => args.GetProperty(name).GetInt32();
        }

        Assert.True(compared >= 15);
    }

    [Fact]
    public void Every_part_of_the_golden_file_is_compared_somewhere()
        => Assert.Equal(
            ["needle", "retrieval_question", "needle_ids", "prefix_ids", "haystack_files_in_order", "period_id_hard_coded", "schedules", "grids", "example_prompt", "vocabulary"],
            Cases.EnumerateObject().Select(part => part.Name));

    [Fact]
    public void Needle_period_and_order_of_files_are_the_reference_s()
    {
        Assert.Equal(Golden.Ints(Cases.GetProperty("needle_ids")), _tokenizer.Encode(Cases.GetProperty("needle").GetString()!));
        Assert.Equal(".", _tokenizer.Decode([Cases.GetProperty("period_id_hard_coded").GetInt32()]));
        string[] files = [.. Cases.GetProperty("haystack_files_in_order").EnumerateArray().Select(file => File.ReadAllText(Golden.PathOf("needle", "haystack", file.GetString()!)))];
        Assert.Equal(string.Concat(files), Haystack.FromFolder(Golden.PathOf("needle", "haystack")).Text);
    }

    /// <summary>The reference writes two messages to its file, and joins them before it asks.</summary>
    [Fact]
    public void A_whole_prompt_is_the_reference_s()
    {
        JsonElement[] messages = [.. Cases.GetProperty("example_prompt").GetProperty("messages").EnumerateArray()];
        string system = messages[0].GetProperty("content").GetString()!;
        string user = messages[1].GetProperty("content").GetString()!;
        Needle needle = new() { Text = Cases.GetProperty("needle").GetString()!, Question = Cases.GetProperty("retrieval_question").GetString()!, Answer = "Dolores Park" };
        ReferenceNeedleContexts contexts = new(_tokenizer, Haystack.FromFolder(Golden.PathOf("needle", "haystack")), 1_900);
        NeedlePrompt prompt = Assert.Single(contexts.CreatePrompts(needle, [320], [0], system));
        Assert.Equal($"{system}\n{user}", prompt.Text);
        Assert.Equal((320, 0.0, 120, 0.0), (prompt.Length, prompt.Depth, prompt.TokenCount, prompt.ActualDepth));
        IReadOnlyList<NeedlePrompt> grid = contexts.CreatePrompts(needle, [507, 733], [0, 50, 100]);
        Assert.Equal(["507/0/0", "507/50/0", "507/100/0", "733/0/0", "733/50/0", "733/100/0"], grid.Select(cell => cell.Id));
        Assert.Equal(100, grid[2].ActualDepth);
        Assert.InRange(grid[4].ActualDepth, 40, 50);
    }

    public static TheoryData<string> Grids => [.. Golden.Names(Cases.GetProperty("grids"))];

    [Theory]
    [MemberData(nameof(Grids))]
    public void Contexts_are_the_reference_s_token_for_token(string name)
    {
        JsonElement grid = Golden.Case(Cases.GetProperty("grids"), name);
        JsonElement[] cells = [.. grid.GetProperty("cells").EnumerateArray()];
        string needle = Cases.GetProperty("needle").GetString()!;
        ReferenceNeedleContexts contexts = new(_tokenizer, Haystack.FromFolder(Golden.PathOf("needle", "haystack")), cells.Max(cell => cell.GetProperty("context_length").GetInt32()));
        Assert.Equal(grid.GetProperty("haystack_repeated_until_tokens").GetInt32(), contexts.HaystackTokenCount);
        Assert.NotEmpty(cells);
        foreach (JsonElement cell in cells)
        {
            NeedleContext context = contexts.Create(
                needle, cell.GetProperty("context_length").GetInt32(), cell.GetProperty("depth").GetDouble(), grid.GetProperty("buffer").GetInt32());
            Assert.Equal(cell.GetProperty("trimmed_context_tokens").GetInt32(), context.TrimmedTokenCount);
            Assert.Equal(cell.GetProperty("requested_index").GetInt32(), context.RequestedTokenIndex);
            Assert.Equal(cell.GetProperty("needle_token_index").GetInt32(), context.NeedleTokenIndex);
            Assert.Equal(cell.GetProperty("needle_char_index").GetInt32(), context.Text.IndexOf(needle, StringComparison.Ordinal));
            Assert.Equal(cell.GetProperty("total_tokens").GetInt32(), context.TokenCount);
            Assert.Equal(cell.GetProperty("context_sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(context.Text))));
        }
    }
}
