using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace LongAlign.Data;

/// <summary>Tells which built-in template a model's own Jinja template is, by the SHA-256 of its text without white space.</summary>
internal static class ModelChatTemplate
{
    private const string JinjaFile = "chat_template.jinja";
    private const string ConfigFile = "tokenizer_config.json";

    private static readonly FrozenDictionary<string, ChatTemplate> Known = new Dictionary<string, ChatTemplate>
    {
        ["711863D9666538C8"] = ChatTemplate.ChatMl, // Transformers' default
        ["1751CF9B9DE96040"] = ChatTemplate.ChatMl, // Dolphin, OpenHermes and others
        ["2AB563465A2FAAA2"] = ChatTemplate.ChatMl, // MiniCPM 3
        ["47E8D21B149055CE"] = ChatTemplate.Qwen25,
        ["B8561BF13426BBD9"] = ChatTemplate.Qwen3,
        ["065D2C5E13237E5D"] = ChatTemplate.Llama3,
        ["09945BA847120D6B"] = ChatTemplate.Llama3, // with a generation prompt always
        ["5A8655E3739AA735"] = ChatTemplate.Llama31,
        ["6590D2CCCEEE2745"] = ChatTemplate.Llama2, // Transformers' default for Llama
        ["5FC5F50DAB519BDC"] = ChatTemplate.Mistral, // Mixtral 8x7B, Mistral 0.2
    }.ToFrozenDictionary();

    public static ChatTemplate Load(string folder)
    {
        string jinja = Path.Combine(folder, JinjaFile);
        string config = Path.Combine(folder, ConfigFile);
        string? text = File.Exists(jinja) ? File.ReadAllText(jinja) : File.Exists(config) ? ReadConfig(config) : null;
        if (text is null)
        {
            throw new FileNotFoundException(
                $"{Path.GetFullPath(folder)} has no chat template: no {JinjaFile}, and no chat_template in {ConfigFile}. Choose one of {Names()}.", jinja);
        }

        return Known.TryGetValue(Fingerprint(text), out ChatTemplate? template)
            ? template
            : throw new NotSupportedException(
                $"{(File.Exists(jinja) ? jinja : config)} has a chat template that is none of the known ones, and Jinja templates are not run. Where it renders like one of {Names()}, use that by its name.");
    }

    /// <summary>What tells a template: white space and \n are left out, since files differ in them.</summary>
    public static string Fingerprint(string template)
        => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(template.Replace("\\n", "", StringComparison.Ordinal).Where(c => !char.IsWhiteSpace(c))))), 0, 8);

    private static string Names() => string.Join(", ", ChatTemplate.BuiltIn.Select(template => $"{nameof(ChatTemplate)}.{template.Name}"));

    /// <summary>One template, or the one that is named default among several.</summary>
    private static string? ReadConfig(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (!document.RootElement.TryGetProperty("chat_template", out JsonElement template))
            {
                return null;
            }

            return template.ValueKind switch
            {
                JsonValueKind.String => template.GetString(),
                JsonValueKind.Array => template.EnumerateArray()
                    .Where(named => named.GetProperty("name").GetString() == "default").Select(named => named.GetProperty("template").GetString()).FirstOrDefault(),
                _ => null,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new InvalidDataException($"{path} can't be read: {e.Message}", e);
        }
    }
}
