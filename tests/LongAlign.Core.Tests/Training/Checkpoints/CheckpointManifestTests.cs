using System.Text;
using CsCheck;
using LongAlign.Training.Checkpoints;

namespace LongAlign.Core.Tests.Training.Checkpoints;

public sealed class CheckpointManifestTests
{
    [Theory]
    [InlineData("../secret")]
    [InlineData("/etc/passwd")]
    [InlineData("model/../../secret")]
    [InlineData("model//weights")]
    [InlineData("./state.json")]
    [InlineData("C:/secret")]
    [InlineData("model\\\\..\\\\secret")]
    [InlineData("state.json\\u0000")]
    [InlineData("")]
    public void A_path_out_of_the_checkpoint_is_refused(string path)
    {
        using TemporaryFolder folder = Whole();
        string manifest = File.ReadAllText(folder.File("manifest.json"));
        folder.Write("manifest.json", manifest.Replace("\"run.safetensors\"", $"\"{path}\"", StringComparison.Ordinal));
        Assert.Contains("which is not a file inside the checkpoint", Fault(folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null", "null")]
    [InlineData("[]", "damaged")]
    [InlineData("{\"format\":\"LongAlign checkpoint 1\",\"library\":\"1\",\"files\":null}", "damaged")]
    [InlineData("{\"format\":\"LongAlign checkpoint 1\",\"library\":\"1\",\"files\":[null]}", "names no file")]
    [InlineData("{\"format\":\"LongAlign checkpoint 1\",\"library\":\"1\",\"files\":[]}", "does not name optimizer.safetensors")]
    [InlineData("{\"format\":\"LongAlign checkpoint 2\",\"library\":\"1\",\"files\":[]}", "the format 'LongAlign checkpoint 2'")]
    [InlineData("{\"format\":\"LongAlign checkpoint 1\",\"library\":\"1\",\"files\":[{\"path\":\"state.json\",\"size\":9223372036854775807,\"sha256\":\"\"}]}", "has 9223372036854775807 bytes")]
    [InlineData("{\"format\":\"LongAlign checkpoint 1\",\"library\":\"1\",\"files\":[{\"path\":\"state.json\",\"size\":1e999,\"sha256\":\"\"}]}", "damaged")]
    [InlineData("{\"format\":\"LongAlign checkpoint 1\",\"library\":\"1\",\"files\":[{\"path\":\"model\",\"size\":0,\"sha256\":\"\"}]}", "model, which is missing")]
    [InlineData("{\"format\":\"\\ud800\",\"library\":\"1\",\"files\":[]}", "")]
    public void Other_json_is_refused(string json, string fault)
    {
        using TemporaryFolder folder = Whole();
        folder.Write("manifest.json", json);
        Assert.Contains(fault, Fault(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_named_twice_is_refused()
    {
        using TemporaryFolder folder = Whole();
        string manifest = File.ReadAllText(folder.File("manifest.json"));
        int begin = manifest.IndexOf('{', 1);
        string first = manifest[begin..(manifest.IndexOf('}', StringComparison.Ordinal) + 1)];
        folder.Write("manifest.json", manifest.Insert(begin, first + ","));
        Assert.Contains("names model/model.safetensors twice", Fault(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void A_manifest_of_gigabytes_is_not_read()
    {
        using TemporaryFolder folder = Whole();
        using (FileStream file = File.OpenWrite(folder.File("manifest.json")))
        {
            file.SetLength(1L << 32);
        }

        Assert.Contains($"has {1L << 32} bytes", Fault(folder), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipe_in_place_of_a_file_does_not_block()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes by name are made with mkfifo.");
        using TemporaryFolder folder = Whole();
        string manifest = File.ReadAllText(folder.File("manifest.json"));
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", folder.File("pipe")))
        {
            mkfifo.WaitForExit();
        }

        string[] lines = manifest.Split('\n');
        int path = Array.FindIndex(lines, line => line.Contains("\"run.safetensors\"", StringComparison.Ordinal));
        lines[path] = "\"path\": \"pipe\",";
        lines[path + 1] = "\"size\": 0,";
        folder.Write("manifest.json", string.Join('\n', lines));
        Assert.Contains("names pipe, whose content has changed", Fault(folder), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void A_mutated_manifest_reads_well_or_is_refused_and_never_anything_else()
    {
        using TemporaryFolder folder = Whole();
        byte[] whole = File.ReadAllBytes(folder.File("manifest.json"));
        byte[] tokens = [.. "\"\\{}[]:,-+.eE0123456789 /nulltrue\0\u00ff"u8];
        (int read, int refused) = (0, 0);
        (from positions in Gen.Int[0, whole.Length - 1].Array[1, 4]
         from values in Gen.Frequency((1, Gen.Byte), (3, Gen.OneOf([.. tokens.Select(Gen.Const)]))).Array[positions.Length]
         from length in Gen.Frequency((4, Gen.Const(whole.Length)), (1, Gen.Int[0, whole.Length]))
         from repeat in Gen.Frequency((9, Gen.Const(1)), (1, Gen.Int[2, 200]))
         select Mutate(whole, positions, values, length, repeat)).Sample(
            bytes =>
            {
                folder.Write("manifest.json", bytes);
                long before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    CheckpointManifest.ReadAndVerify(folder);
                    read++;
                }
                catch (CheckpointException e)
                {
                    Assert.Contains(folder, e.Message, StringComparison.Ordinal);
                    refused++;
                }

                long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(allocated < 200_000 + (64L * bytes.Length), $"{allocated} bytes for a manifest of {bytes.Length}:\n{Encoding.Latin1.GetString(bytes)}");
            },
            iter: 10_000,
            threads: 1);
        Assert.True(read > 20 && refused > 5_000, $"{read} read, {refused} refused.");
    }

    private static byte[] Mutate(byte[] whole, int[] positions, byte[] values, int length, int repeat)
    {
        byte[] bytes = [.. whole];
        foreach ((int position, byte value) in positions.Zip(values))
        {
            bytes[position] = value;
        }

        int middle = positions[0] % Math.Max(1, length);
        return [.. bytes[..middle], .. Enumerable.Repeat(bytes[middle], repeat), .. bytes[Math.Min(middle + 1, length)..length]];
    }

    private static string Fault(string folder) => Assert.Throws<CheckpointException>(() => CheckpointManifest.ReadAndVerify(folder)).Message;

    /// <summary>A folder that is whole to the manifest, which does not look into files.</summary>
    private static TemporaryFolder Whole()
    {
        TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("model"));
        Array.ForEach(["model/model.safetensors", "optimizer.safetensors", "run.safetensors", "state.json"], name => folder.Write(name, name));
        CheckpointJson.Write(folder.File("manifest.json"), CheckpointManifest.Of(folder), CheckpointJson.Default.CheckpointManifest);
        return folder;
    }
}
