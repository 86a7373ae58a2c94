using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LongAlign.Data;
using LongAlign.Data.SelfInstruct;

namespace LongAlign.Cli.Recipes;

/// <summary>The recipe of <c>longalign generate-data</c>.</summary>
internal sealed record GenerateDataRecipe
{
    [Description("The model that asks and answers.")]
    public required EndpointRecipe Endpoint { get; init; }

    [Description("Documents: a .txt, .md, .jsonl, .json or .parquet file (.gz or .zst), or a folder of these.")]
    [RecipePath]
    public required string Documents { get; init; }

    [Description("The field or column with a document's text.")]
    public string TextColumn { get; init; } = "text";

    [Description("The encoding of documents that have no byte order mark, such as gbk; utf-8 unless set.")]
    public string? Encoding { get; init; }

    [Description("The policy for documents that can't be read.")]
    public BadRowPolicy BadDocuments { get; init; } = BadRowPolicy.Throw;

    [Description("The folder of the tokenizer that counts tokens: that of the model which will learn.")]
    [RecipePath]
    public required string Tokenizer { get; init; }

    [Description("The folder for rows (instructions.jsonl), report and journal.")]
    [RecipePath]
    public required string Out { get; init; }

    [Description("The fewest tokens of a document.")]
    [Range(1, int.MaxValue)]
    public int MinTokens { get; init; } = 8_000;

    [Description("The most tokens of a document.")]
    [Range(1, int.MaxValue)]
    public int MaxTokens { get; init; } = 64_000;

    [Description("Documents to draw, longer ones more often; all unless set.")]
    [Range(1, int.MaxValue)]
    public int? Count { get; init; }

    [Description("The tasks, one of which is drawn for each document: general, summary, reasoning, information-extraction.")]
    public IReadOnlyList<InstructionTask> Tasks { get; init; } = Enum.GetValues<InstructionTask>();

    [Description("The share of an answer's words found without the document from which a row is dropped; one more call a row where set.")]
    [Range(0.0, 1.0)]
    public double? ClosedBookShare { get; init; }

    [Description("The likeness to an earlier question from which a question is dropped.")]
    [Range(0.0, 1.0)]
    public double QuestionSimilarity { get; init; } = 0.8;

    [Description("Whether documents in other languages than English and Chinese are used.")]
    public bool KeepOtherLanguages { get; init; }

    [Description("Whether the model's thoughts are kept with a row, in its provenance.")]
    public bool KeepThoughts { get; init; }

    [Description("The seed of draws, tasks and questions.")]
    public long Seed { get; init; }
}
