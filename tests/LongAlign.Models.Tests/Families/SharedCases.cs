namespace LongAlign.Models.Tests.Families;

/// <summary>Files as people have them, in the folder <c>cases</c> beside the golden data.</summary>
internal static class SharedCases
{
    /// <summary>A path there; skips the test where there is no such folder.</summary>
    public static string PathOf(string kind)
    {
        string? root = ModelSet.Root is null ? null : Path.GetFullPath(Path.Combine(ModelSet.Root, "..", "..", "cases", kind));
        Assert.SkipUnless(Directory.Exists(root), $"There is no folder cases/{kind} beside the golden data.");
        return root!;
    }
}
