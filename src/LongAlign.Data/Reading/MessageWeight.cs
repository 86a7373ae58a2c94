using System.Text.Json;

namespace LongAlign.Data;

/// <summary>Whether a message is to be learned, as its <c>weight</c>, <c>train</c> or <c>loss</c> says.</summary>
internal static class MessageWeight
{
    private static readonly string[] Names = ["weight", "train", "loss"];

    /// <summary>Takes them; true where nothing is said.</summary>
    /// <exception cref="RowException">They are not 0, 1, true or false, contradict each other, or want another's message than the assistant's learned.</exception>
    public static bool Take(Dictionary<string, JsonElement> keys, string role, int index)
    {
        bool? learned = null;
        foreach (string name in Names)
        {
            if (!keys.Remove(name, out JsonElement value))
            {
                continue;
            }

            bool own = value.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                JsonValueKind.Number when value.GetDouble() is 0 or 1 => value.GetDouble() == 1,
                _ => throw Fault($"message {index} has '{name}': {value.GetRawText()}; expected 0, 1, true or false: a message is learned or it is not."),
            };
            if (learned is { } other && other != own)
            {
                throw Fault($"message {index} is to be learned and is not, by '{name}' and another key; expected the same of both.");
            }

            learned = own;
        }

        return role == ChatRoles.Assistant ? learned ?? true
            : learned != true ? true
            : throw Fault($"message {index} of the role '{role}' is to be learned; expected that of the assistant's alone. {nameof(TokenizationOptions)}.{nameof(TokenizationOptions.LossOn)} has everything learned.");

        static RowException Fault(string detail) => new("loss by message", detail);
    }
}
