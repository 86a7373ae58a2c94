using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LongAlign.Data;

namespace LongAlign.Cli.Recipes;

/// <summary>Conversations, and how they become tokens.</summary>
internal sealed record ChatsRecipe
{
    [Description("The sources of conversations.")]
    public required IReadOnlyList<SourceRecipe> Sources { get; init; }

    [Description("The chat template: LongAlignLlama, LongAlignChatGlm, Llama2, Llama3, Llama31, ChatMl, Qwen25, Qwen3, Mistral, MistralV3, or model for the folder's own. Unless set, the folder's own, or the paper's for the model's family where it has none.")]
    public string? Template { get; init; }

    [Description("The most tokens of a conversation; no limit unless set (train: the model's positions).")]
    [Range(1, int.MaxValue)]
    public int? MaxLength { get; init; }

    [Description("The policy for longer conversations.")]
    public OverlongConversation Overlong { get; init; } = OverlongConversation.CutDocument;

    [Description("The part that is learned: all answers, the last answer, or every token. Messages that say weight 0, train false or loss false are not.")]
    public LossOn LossOn { get; init; } = LossOn.AllAssistant;

    [Description("The policy when the model's own template leaves out the thoughts of earlier turns: not-learned does not train on the answers of those turns, sequence-per-turn makes each turn a sequence, refuse refuses the row.")]
    public EarlierThoughts EarlierThoughts { get; init; } = EarlierThoughts.NotLearned;

    [Description("The policy for rows that are not conversations or don't fit the template.")]
    public BadRowPolicy BadRows { get; init; } = BadRowPolicy.Throw;

    [Description("Whether a conversation that is there twice is taken once.")]
    public bool Deduplicate { get; init; } = true;

    [Description("Whether conversations are shuffled.")]
    public bool Shuffle { get; init; } = true;
}
