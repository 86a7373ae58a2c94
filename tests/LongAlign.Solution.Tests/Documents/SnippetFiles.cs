using LongAlign.Data;
using LongAlign.Models;

namespace LongAlign.Solution.Tests.Documents;

/// <summary>The files that the documents' code reads: a tiny model under every name that occurs, and a few conversations in every form.</summary>
public sealed class SnippetFiles : IDisposable
{
    private static readonly string[] ModelFolders = ["models/llama-2-7b", "models/llama-2-7b-64k", "models/qwen2-7b", "models/tuned", "out", "adapter-base"];

    private readonly TemporaryFolder _model = new();
    private readonly List<TemporaryFolder> _folders = [];

    public SnippetFiles()
    {
        using CausalLanguageModel model = CausalLanguageModel.Create(ModelConfig.Parse(ConfigJson), seed: 42);
        model.SavePretrained(_model);
        File.Copy(Path.Combine(Repository.Root, "samples", "data", "tiny-llama", "tokenizer.model"), _model.File("tokenizer.model"));
    }

    /// <summary>A llama of 0.3 M weights with the vocabulary of the sample data and the paper's context.</summary>
    public static string ConfigJson => """
        { "model_type": "llama", "vocab_size": 8000, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 2,
          "max_position_embeddings": 65536, "rms_norm_eps": 1e-5, "bos_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": true }
        """;

    /// <summary>Makes a new folder with all of them.</summary>
    public string CreateFolder()
    {
        TemporaryFolder folder = new();
        _folders.Add(folder);
        foreach (string name in ModelFolders)
        {
            string target = Directory.CreateDirectory(folder.File(name)).FullName;
            foreach (string file in Directory.EnumerateFiles(_model))
            {
                File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
            }
        }

        ChatConversation[] chats = [.. ChatJsonLines.Read(Path.Combine(Repository.Root, "samples", "data", "short.jsonl")).Take(20)];
        foreach (string name in new[] { "long.jsonl", "sharegpt.jsonl", "long.jsonl.zst", "sharegpt/chats.jsonl", "data/chats.jsonl" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
            ChatJsonLines.Write(folder.File(name), chats);
        }

        Directory.CreateDirectory(folder.File("hub/chats"));
        ChatParquet.Write(folder.File("hub/chats/train.parquet"), chats);
        foreach (string name in new[] { "documents", "books" })
        {
            Directory.CreateDirectory(folder.File(name));
            folder.Write($"{name}/one.txt", string.Concat(Enumerable.Repeat("The whale was seen in the morning, and nobody spoke of it. ", 200)));
        }

        folder.Write("test_cases.json", """[{ "idx": 1, "prompt": "A long text. Who wrote it?", "query": "Who wrote it?", "answer": "Nobody." }]""");
        folder.Write("few_shots.json", """[[{ "answer": "Somebody.", "score": 3 }, { "answer": "Nobody at all.", "score": 9 }]]""");
        return folder;
    }

    public void Dispose()
    {
        _model.Dispose();
        _folders.ForEach(folder => folder.Dispose());
    }
}
