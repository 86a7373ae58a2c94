using LongAlign.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Models.Tests.Families;

/// <summary>The same weights under the names that other tools give them, and weights that are not read.</summary>
public sealed class WeightPlacesTests
{
    [Fact]
    public void Weights_without_the_beginning_of_a_model_with_a_head_are_read()
        => AssertRead("llama, tied", name => name["model.".Length..]);

    [Theory]
    [InlineData("language_model.model.", "model.language_model.")]
    [InlineData("language_model.lm_head.", "lm_head.")]
    public void A_multimodal_folder_of_a_newer_version_is_read_without_its_other_weights(string usual, string other)
        => AssertRead("mistral3", name => name.Replace(usual, other, StringComparison.Ordinal), "vision_tower.x", "model.multi_modal_projector.y");

    [Fact]
    public void Weights_under_two_names_are_refused()
    {
        string message = Assert.Throws<SafetensorsException>(() => AssertRead("llama, tied", name => name, "norm.weight")).Message;
        Assert.Contains("'norm.weight' in", message, StringComparison.Ordinal);
        Assert.Contains("is not part of the model", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_head_of_a_multimodal_model_is_its_embedding_where_there_is_none()
    {
        using TemporaryFolder folder = new();
        using DisposeScope scope = NewDisposeScope();
        using (CausalLanguageModel model = TinyModel.Create("mistral3"))
        {
            Assert.False(model.Config.HasTiedHead);
            SafetensorsFolder.Write(folder, [.. model.named_parameters().Where(named => !named.name.Contains("lm_head", StringComparison.Ordinal))
                .Select(named => KeyValuePair.Create(named.name, (Tensor)named.parameter))], 1 << 30);
            model.Config.Save(folder);
        }

        using CausalLanguageModel tied = CausalLanguageModel.FromPretrained(folder);
        Assert.True(tied.Config.HasTiedHead);
        using TemporaryFolder saved = new();
        tied.SavePretrained(saved);
        using CausalLanguageModel again = CausalLanguageModel.FromPretrained(saved);
        Assert.True(again.Config.HasTiedHead);
    }

    [Fact]
    public void Pickle_files_are_refused_with_the_line_that_converts_them()
    {
        using TemporaryFolder folder = new();
        TinyModel.Config.Save(folder);
        string pickle = folder.Write("pytorch_model-00001-of-00002.bin", "x");
        string message = Assert.Throws<SafetensorsException>(() => CausalLanguageModel.FromPretrained(folder)).Message;
        Assert.StartsWith(pickle, message, StringComparison.Ordinal);
        Assert.Contains("pickle", message, StringComparison.Ordinal);
        Assert.Contains($"M.from_pretrained('{(string)folder}', dtype='auto').save_pretrained('{(string)folder}')", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    private static void AssertRead(string family, Func<string, string> rename, params string[] others)
    {
        using TemporaryFolder folder = new();
        using DisposeScope scope = NewDisposeScope();
        using CausalLanguageModel model = TinyModel.Create(family);
        KeyValuePair<string, Tensor>[] weights = [.. model.named_parameters().Select(named => KeyValuePair.Create(rename(named.name), (Tensor)named.parameter)),
            .. others.Select(name => KeyValuePair.Create(name, ones(3)))];
        SafetensorsFolder.Write(folder, weights, 1 << 30);
        model.Config.Save(folder);
        using CausalLanguageModel read = CausalLanguageModel.FromPretrained(folder);
        Assert.All(model.named_parameters().Zip(read.named_parameters()), pair =>
        {
            Assert.Equal(pair.First.name, pair.Second.name);
            Assert.True(pair.First.parameter.eq(pair.Second.parameter).all().ToBoolean(), pair.First.name);
        });
    }
}
