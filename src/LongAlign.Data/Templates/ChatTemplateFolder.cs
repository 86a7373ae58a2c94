using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LongAlign.Data.Templates.Jinja;
using LongAlign.Native;

namespace LongAlign.Data;

/// <summary>The chat templates of a model's folder, and the special tokens that they know by name.</summary>
internal sealed class ChatTemplateFolder(string folder)
{
    public const string JinjaFile = "chat_template.jinja";
    public const string ConfigFile = "tokenizer_config.json";

    private const string JsonFile = "chat_template.json";
    private const string Key = "chat_template";
    private const string Default = "default";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public bool HasTemplate => Find(Default) is not null || Names().Length > 0;

    public ChatTemplate Load(ChatTemplateOptions options)
    {
        if (Find(options.TemplateName) is not var (path, text))
        {
            string[] names = Names();
            throw names.Length > 0
                ? new InvalidDataException($"{Path.GetFullPath(folder)} has no chat template '{options.TemplateName}'; it has {string.Join(", ", names)}.")
                : new FileNotFoundException(
                    $"{Path.GetFullPath(folder)} has no chat template: no {JinjaFile}, no {JsonFile}, and no {Key} in {ConfigFile}. Choose one of {string.Join(", ", ChatTemplate.BuiltIn.Select(template => $"{nameof(ChatTemplate)}.{template.Name}"))}.",
                    Path.Combine(folder, JinjaFile));
        }

        Dictionary<string, string> tokens = SpecialTokens();
        foreach ((string name, string token) in options.SpecialTokens)
        {
            tokens[name] = token;
        }

        try
        {
            return new JinjaChatTemplate(path, text, options with { SpecialTokens = tokens });
        }
        catch (JinjaException e)
        {
            throw e.In(path);
        }
    }

    /// <summary>Writes a template and the ids that end its answers; other entries of the files stay.</summary>
    public void Save(string template, IReadOnlyList<int> stops)
    {
        Write(Path.Combine(folder, JinjaFile), template);
        File.Delete(Path.Combine(folder, JsonFile));
        Change(ConfigFile, config => config[Key] = template);
        Change("generation_config.json", config => config["eos_token_id"] = stops.Count == 1 ? stops[0] : new JsonArray([.. stops.Select(id => JsonValue.Create(id))]));
    }

    private void Change(string name, Action<JsonObject> change)
    {
        string path = Path.Combine(folder, name);
        JsonElement before = OptionalJson.Read(path);
        JsonObject config = before.ValueKind switch
        {
            JsonValueKind.Undefined => [],
            JsonValueKind.Object => JsonObject.Create(before)!,
            _ => throw new InvalidDataException($"{path} is not a JSON object."),
        };
        change(config);
        Write(path, config.ToJsonString(Indented) + "\n");
    }

    private static void Write(string path, string text) => AtomicFiles.Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>As Transformers: a separate file goes before the configuration.</summary>
    private (string Path, string Text)? Find(string name)
    {
        string jinja = name == Default ? Path.Combine(folder, JinjaFile) : Path.Combine(folder, "additional_chat_templates", name + ".jinja");
        if (!name.AsSpan().ContainsAny('/', '\\') && File.Exists(jinja))
        {
            return (jinja, ReadText(jinja));
        }

        foreach (string file in new[] { JsonFile, ConfigFile })
        {
            string path = Path.Combine(folder, file);
            if (Templates(path).Where(template => template.Name == name).Select(template => template.Text).FirstOrDefault() is { } text)
            {
                return (path, text);
            }
        }

        return null;
    }

    private string[] Names() =>
    [
        .. new[] { JsonFile, ConfigFile }.SelectMany(file => Templates(Path.Combine(folder, file))).Select(template => template.Name).Distinct(),
    ];

    /// <summary>One template, or several with names.</summary>
    private static List<(string Name, string Text)> Templates(string path) => Read(path, config => Templates(path, config));

    private static List<(string Name, string Text)> Templates(string path, JsonElement config)
    {
        if (config.ValueKind != JsonValueKind.Object || !config.TryGetProperty(Key, out JsonElement templates))
        {
            return [];
        }

        return templates.ValueKind switch
        {
            JsonValueKind.Null => [],
            JsonValueKind.String => [(Default, templates.GetString()!)],
            JsonValueKind.Array => [.. templates.EnumerateArray().Select(Named)],
            JsonValueKind.Object => [.. templates.EnumerateObject().Select(property => (property.Name, Text(property.Value)))],
            _ => throw Damaged(),
        };

        (string Name, string Text) Named(JsonElement template)
            => template.ValueKind == JsonValueKind.Object && template.TryGetProperty("name", out JsonElement name) && template.TryGetProperty("template", out JsonElement text)
                ? (Text(name), Text(text))
                : throw Damaged();

        string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Damaged();

        InvalidDataException Damaged() => new($"{path}: {Key} is neither a text nor a list of templates with 'name' and 'template'.");
    }

    /// <summary>Every entry of the configuration that ends with <c>_token</c>: a text, or an object with its content.</summary>
    private Dictionary<string, string> SpecialTokens()
    {
        Dictionary<string, string> tokens = [];
        foreach (string file in new[] { "special_tokens_map.json", ConfigFile })
        {
            foreach ((string name, string token) in Read(Path.Combine(folder, file), SpecialTokens))
            {
                tokens[name] = token;
            }
        }

        return tokens;
    }

    private static List<(string Name, string Token)> SpecialTokens(JsonElement config)
    {
        List<(string Name, string Token)> tokens = [];
        foreach (JsonProperty property in config.ValueKind == JsonValueKind.Object ? config.EnumerateObject() : default)
        {
            JsonElement value = property.Value.ValueKind == JsonValueKind.Object && property.Value.TryGetProperty("content", out JsonElement content) ? content : property.Value;
            if (value.ValueKind == JsonValueKind.String && property.Name.EndsWith("_token", StringComparison.Ordinal))
            {
                tokens.Add((property.Name, value.GetString()!));
            }
        }

        return tokens;
    }

    /// <summary>Takes something out of a file; texts in it that are no UTF-8 show only then.</summary>
    private static T Read<T>(string path, Func<JsonElement, T> take)
    {
        JsonElement config = OptionalJson.Read(path);
        try
        {
            return take(config);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException($"{path} can't be read: {e.Message}", e);
        }
    }

    private static string ReadText(string path)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path)).TrimStart('\uFEFF');
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{path} is not UTF-8: {e.Message}", e);
        }
    }
}
