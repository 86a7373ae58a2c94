using System.Text;
using System.Text.Json;

namespace LongAlign.Cli.Tests.Commands;

/// <summary>What became of the rows reaches the user: in every command that reads some.</summary>
public sealed class RowReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public RowReportTests()
    {
        string[] good = [.. File.ReadLines(ToolRun.Sample("data", "short.jsonl")).Take(6)];
        _folder.Write("chats.jsonl", string.Join('\n', [.. good, "nonsense", "{\"messages\":[]}", "{\"messages\":[{\"role\":\"user\",\"content\":\"q\",\"mood\":1},{\"role\":\"assistant\",\"content\":\"a\"}],\"id\":7}"]) + "\n");
        _folder.Write("tokenize.yaml", $"tokenizer: {ToolRun.Sample("data", "tiny-llama")}\nchats: {{ sources: [{{ path: . }}], bad-rows: skip }}\nout: store");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Tokenize_saves_its_report_and_warns_of_many_lost_rows()
    {
        _folder.Write("notes.txt", "no chats");
        ToolRun run = (await ToolRun.OfAsync("tokenize", _folder.File("tokenize.yaml"))).Expect(ExitCode.Done);
        Assert.Contains("not used 1: key 'mood' of messages", run.Output, StringComparison.Ordinal);
        Assert.Contains("notes.txt", run.Output, StringComparison.Ordinal);
        Assert.Contains("Warning: reading left out 1 of 9 rows, most of them for: not JSON (", run.Error, StringComparison.Ordinal);
        Assert.Contains("Warning: tokenization left out 1 of 8 rows", run.Error, StringComparison.Ordinal);
        JsonElement report = JsonDocument.Parse(File.ReadAllText(_folder.File("store/report.json"))).RootElement[0];
        Assert.Equal(7, report.GetProperty("rowsOut").GetInt32());
        Assert.Equal(9, report.GetProperty("before")[0].GetProperty("rowsIn").GetInt32());
        Assert.Equal("column 'id'", report.GetProperty("before")[0].GetProperty("ignored")[1].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_tenth_of_the_rows_is_no_warning()
    {
        string[] good = [.. File.ReadLines(ToolRun.Sample("data", "short.jsonl")).Take(9)];
        _folder.Write("chats.jsonl", string.Join('\n', [.. good, "nonsense"]) + "\n");
        Assert.DoesNotContain("Warning", (await ToolRun.OfAsync("tokenize", _folder.File("tokenize.yaml"))).Expect(ExitCode.Done).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_that_are_there_twice_are_lost_and_rows_that_were_not_to_be_drawn_are_not()
    {
        string[] good = [.. File.ReadLines(ToolRun.Sample("data", "short.jsonl")).Take(9)];
        _folder.Write("chats.jsonl", string.Join('\n', [.. good, .. good]) + "\n");
        ToolRun run = (await ToolRun.OfAsync("tokenize", _folder.File("tokenize.yaml"))).Expect(ExitCode.Done);
        Assert.Contains("Warning: mixing left out 9 of 18 rows, most of them for: the same as an earlier conversation (", run.Error, StringComparison.Ordinal);

        _folder.Write("chats.jsonl", string.Join('\n', good) + "\n");
        string half = _folder.Write("half.yaml", $"tokenizer: {ToolRun.Sample("data", "tiny-llama")}\nchats: {{ sources: [{{ path: chats.jsonl, count: 4 }}] }}\nout: half");
        run = (await ToolRun.OfAsync("tokenize", half)).Expect(ExitCode.Done);
        Assert.Contains("not drawn", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Warning", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_and_pack_say_what_became_of_chats()
    {
        string chats = _folder.Write("good.json", "[" + string.Join(",\n", File.ReadLines(ToolRun.Sample("data", "short.jsonl")).Take(6)) + ", {\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"\"}],\"id\":7}]");
        string[] tokenizer = ["--tokenizer", ToolRun.Sample("data", "tiny-llama")];
        ToolRun plan = (await ToolRun.OfAsync(["plan", chats, .. tokenizer, "--report", _folder.File("plan.json"), "--json"])).Expect(ExitCode.Done);
        Assert.Contains("not used 1: column 'id'", plan.Error, StringComparison.Ordinal);
        Assert.Contains("Warning: tokenization left out 1 of 7 rows", plan.Error, StringComparison.Ordinal);
        Assert.Equal(6, plan.Json.GetProperty("data")[0].GetProperty("rowsOut").GetInt32());
        Assert.Equal(6, JsonDocument.Parse(File.ReadAllText(_folder.File("plan.json"))).RootElement[0].GetProperty("rowsOut").GetInt32());

        ToolRun pack = (await ToolRun.OfAsync(["pack", chats, .. tokenizer, "--capacity", "4096", "--out", _folder.File("packs.parquet")])).Expect(ExitCode.Done);
        Assert.Contains("skipped 1: no target token is left", pack.Error, StringComparison.Ordinal);
        Assert.Equal(6, JsonDocument.Parse(File.ReadAllText(_folder.File("packs.parquet.report.json"))).RootElement[0].GetProperty("rowsOut").GetInt32());
    }

    [Fact]
    public async Task Train_says_and_saves_what_became_of_training_and_held_out_rows()
    {
        string recipe = _folder.Write("train.yaml", $$"""
            model: { folder: {{ToolRun.Sample("data", "tiny-llama")}}, random-weights: true, device: cpu }
            chats: { sources: [{ path: chats.jsonl }], bad-rows: skip, max-length: 200 }
            evaluation: { hold-out: 2 }
            steps: 1
            out: run
            """);
        ToolRun run = (await ToolRun.OfAsync("train", recipe, "--json")).Expect(ExitCode.Done);
        Assert.Contains("skipped 1: not JSON", run.Error, StringComparison.Ordinal);
        Assert.Contains("Warning: reading left out 1 of 9 rows", run.Error, StringComparison.Ordinal);
        Assert.Contains("tokenization of held-out rows: ", run.Error, StringComparison.Ordinal);
        Assert.Equal(2, run.Json.GetProperty("data").GetArrayLength());
        Assert.Equal(2, JsonDocument.Parse(File.ReadAllText(_folder.File("run/report.json"))).RootElement.GetArrayLength());
    }

    [Fact]
    public async Task Show_prints_the_first_rows_with_targets_marked()
    {
        _folder.Write("chats.jsonl", """
            {"messages":[{"role":"user","content":"Name a colour."},{"role":"assistant","content":"Red."},{"role":"user","content":"Another?"},{"role":"assistant","content":"Blue.","weight":0}]}
            {"messages":[{"role":"user","content":"q"},{"role":"assistant","content":""}]}
            """);
        string[] unshuffled = ["tokenize", _folder.File("tokenize.yaml"), "--set", "chats.shuffle=false", "--show", "3"];
        ToolRun run = (await ToolRun.OfAsync(unshuffled)).Expect(ExitCode.Done);
        Assert.Contains("chats.jsonl:1: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("<s>[INST]Name a colour.[/INST]⟦ Red.</s>⟧", run.Output, StringComparison.Ordinal);
        Assert.Contains("[INST]Another?[/INST] Blue.</s>", run.Output, StringComparison.Ordinal);
        Assert.Contains("chats.jsonl:2: left out, no target token is left", run.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.File("store/store.json")));

        Directory.Delete(_folder.File("store"), recursive: true);
        JsonElement shown = (await ToolRun.OfAsync([.. unshuffled, "--json"])).Expect(ExitCode.Done).Json.GetProperty("shown")[0];
        Assert.Equal(" Red.</s>", shown.GetProperty("parts").EnumerateArray().Single(part => part.GetProperty("isTarget").GetBoolean()).GetProperty("text").GetString());
    }

    [Fact]
    public async Task Columns_roles_and_encoding_are_those_of_the_recipe()
    {
        byte[] row = CodePagesEncodingProvider.Instance.GetEncoding("gbk")!.GetBytes("{\"turns\":[{\"who\":\"customer\",\"said\":\"今天\"},{\"who\":\"agent\",\"said\":\"好\"}]}\n");
        File.WriteAllBytes(_folder.File("gbk.jsonl"), row);
        string source = "{ path: gbk.jsonl, encoding: gbk, columns: [turns=messages, who=role, said=content], roles: [customer=user, agent=assistant] }";
        string recipe = _folder.Write("gbk.yaml", $"tokenizer: {ToolRun.Sample("data", "tiny-llama")}\nchats: {{ sources: [{source}] }}\nout: store");
        Assert.Contains("今天[/INST]⟦ 好</s>⟧", (await ToolRun.OfAsync("tokenize", recipe, "--show", "1")).Expect(ExitCode.Done).Output, StringComparison.Ordinal);
        Assert.Contains("'said' of 'columns' is not a mapping", await Fault(source.Replace("said=content", "said", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("is to be 'contents'; expected one of", await Fault(source.Replace("said=content", "said=contents", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("The encoding 'gbkk' is unknown", await Fault(source.Replace("gbk,", "gbkk,", StringComparison.Ordinal)), StringComparison.Ordinal);

        async Task<string> Fault(string changed)
            => (await ToolRun.OfAsync("tokenize", _folder.Write("bad.yaml", $"tokenizer: {ToolRun.Sample("data", "tiny-llama")}\nchats: {{ sources: [{changed}] }}\nout: other"))).Expect(ExitCode.Usage).Error;
    }

    [Fact]
    public async Task Needles_are_hidden_in_text_of_the_encoding_that_it_is_in()
    {
        Environment.SetEnvironmentVariable("LONGALIGN_TEST_KEY", "secret-key");
        Directory.CreateDirectory(_folder.File("hay"));
        File.WriteAllBytes(_folder.File("hay/a.txt"), CodePagesEncodingProvider.Instance.GetEncoding("gbk")!.GetBytes("今天天气很好。"));
        string recipe = _folder.Write("evaluate.yaml", $$"""
            endpoint: { url: http://localhost:1, model: none, key-variable: LONGALIGN_TEST_KEY }
            tokenizer: {{ToolRun.Sample("data", "tiny-llama")}}
            needle: { haystack: hay, lengths: [200], depths: [50], trials: 1, language: chinese }
            out: evaluation
            """);
        string fault = (await ToolRun.OfAsync("evaluate", recipe, "--dry-run")).Expect(ExitCode.Failed).Error;
        Assert.Contains("a.txt: the text is not UTF-8", fault, StringComparison.Ordinal);
        (await ToolRun.OfAsync("evaluate", recipe, "--dry-run", "--set", "needle.encoding=gbk")).Expect(ExitCode.Done);
    }
}
