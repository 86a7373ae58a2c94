using LongAlign.Programs;

namespace LongAlign.Cli.Tests.Programs;

public sealed class GlibcTunablesTests
{
    private const string All = "glibc.malloc.arena_max=1:glibc.malloc.mmap_threshold=1073741824:glibc.malloc.trim_threshold=4294967296";

    [Fact]
    public void A_program_that_was_started_without_gets_all_of_them() => Assert.Equal(All, Missing());

    [Fact]
    public void The_users_own_come_first_and_none_of_them_is_set_again()
    {
        Assert.Equal($"glibc.cpu.x86_ibt=off:{All}", Missing(("GLIBC_TUNABLES", "glibc.cpu.x86_ibt=off")));
        Assert.Equal(
            "glibc.malloc.arena_max=4:glibc.malloc.mmap_threshold=1073741824:glibc.malloc.trim_threshold=4294967296",
            Missing(("GLIBC_TUNABLES", "glibc.malloc.arena_max=4:")));
    }

    [Fact]
    public void A_tunable_that_the_user_sets_by_its_older_variable_is_left_alone()
        => Assert.Equal(
            "glibc.malloc.mmap_threshold=1073741824:glibc.malloc.trim_threshold=4294967296",
            Missing(("MALLOC_ARENA_MAX", "4")));

    [Fact]
    public void A_program_that_has_all_of_them_stays_as_it_is() => Assert.Null(Missing(("GLIBC_TUNABLES", All)));

    [Fact]
    public void A_process_starts_itself_anew_once_though_its_variable_is_gone_and_so_does_its_child()
    {
        Assert.Null(Missing(("LONGALIGN_RESTARTED", "4711")));
        Assert.Equal(All, Missing(("LONGALIGN_RESTARTED", "4710"))); // its parent's
    }

    [Fact]
    public void A_user_can_refuse() => Assert.Null(Missing(("LONGALIGN_RESTART", "0")));

    [Fact]
    public void Nothing_is_missing_where_the_c_library_is_another()
        => Assert.Null(GlibcTunables.Missing(_ => null, isGlibc: false, processId: 4711));

    private static string? Missing(params (string Name, string Value)[] variables)
        => GlibcTunables.Missing(name => variables.FirstOrDefault(variable => variable.Name == name).Value, isGlibc: true, processId: 4711);
}
