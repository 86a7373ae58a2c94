using LongAlign.Native;

namespace LongAlign.Core.Tests.Native;

public sealed class GlibcMallocTests
{
    private const string Kept = "glibc.malloc.mmap_threshold=1073741824";

    private readonly List<(int Option, int Value)> _set = [];

    [Theory]
    [InlineData(null, FreedMemory.GivenBack)]
    [InlineData("", FreedMemory.GivenBack)]
    [InlineData("glibc.malloc.hugetlb=1", FreedMemory.GivenBack)]
    [InlineData("glibc.malloc.mmap_threshold=131072", FreedMemory.GivenBack)]
    [InlineData("glibc.malloc.mmap_threshold=lots", FreedMemory.GivenBack)]
    [InlineData(Kept, FreedMemory.Kept)]
    [InlineData($"glibc.cpu.x86_ibt=off:{Kept}:glibc.malloc.hugetlb=1", FreedMemory.Kept)]
    [InlineData($"{Kept}:glibc.malloc.mmap_threshold=1", FreedMemory.GivenBack)]
    public void What_becomes_of_freed_memory_follows_from_the_tunables(string? tunables, FreedMemory expected)
        => Assert.Equal(expected, Glibc(tunables).FreedMemory);

    [Fact]
    public void Memory_is_kept_from_the_call_on_and_a_second_call_changes_nothing()
    {
        GlibcMalloc malloc = Glibc(tunables: null);

        Assert.Equal(FreedMemory.Kept, malloc.KeepFreed());
        Assert.Equal(FreedMemory.Kept, malloc.FreedMemory);
        int calls = _set.Count;
        Assert.Equal(FreedMemory.Kept, malloc.KeepFreed());
        Assert.Equal(calls, _set.Count);
        Assert.Equal([(-3, 1 << 30), (-1, -1), (-8, 1)], _set);
    }

    [Fact]
    public void Where_tunables_keep_memory_a_call_changes_nothing()
    {
        Assert.Equal(FreedMemory.Kept, Glibc(Kept).KeepFreed());
        Assert.Empty(_set);
    }

    [Fact]
    public void A_call_that_glibc_refuses_is_not_said_to_have_worked()
    {
        GlibcMalloc malloc = new(isThere: true, tunables: null, (_, _) => false);

        Assert.Equal(FreedMemory.GivenBack, malloc.KeepFreed());
    }

    [Fact]
    public void Another_c_library_is_left_alone()
    {
        GlibcMalloc malloc = new(isThere: false, Kept, Set);

        Assert.Equal(FreedMemory.SystemDefault, malloc.KeepFreed());
        Assert.Empty(_set);
    }

    private GlibcMalloc Glibc(string? tunables) => new(isThere: true, tunables, Set);

    private bool Set(int option, int value)
    {
        _set.Add((option, value));
        return true;
    }
}
