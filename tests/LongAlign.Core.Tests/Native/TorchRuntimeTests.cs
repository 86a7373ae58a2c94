using LongAlign.Native;

namespace LongAlign.Core.Tests.Native;

public sealed class TorchRuntimeTests
{
    [Fact]
    public void The_library_of_the_tests_loads() => TorchRuntime.EnsureAvailable();

    [Fact]
    public void A_missing_backend_package_is_named()
    {
        TorchUnavailableException? fault = TorchRuntime.FindFault([Path.GetTempPath()], "libNotThere.so");
        Assert.Contains("TorchSharp-cpu", fault!.Message, StringComparison.Ordinal);
        Assert.Contains("libNotThere.so", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_library_is_named_with_what_the_loader_says()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        File.WriteAllText(Path.Combine(folder, "libBroken.so"), "no library");
        TorchUnavailableException? fault = TorchRuntime.FindFault([folder], "libBroken.so");
        Assert.Contains(Path.Combine(folder, "libBroken.so"), fault!.Message, StringComparison.Ordinal);
        Assert.NotNull(fault.InnerException);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void An_old_libstdcxx_is_named_with_the_cure()
    {
        DllNotFoundException loaderError = new("/lib/x86_64-linux-gnu/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by libLibTorchSharp.so)");
        string message = TorchRuntime.Explain("libLibTorchSharp.so", loaderError).Message;
        Assert.Contains("libstdc++ is too old", message, StringComparison.Ordinal);
        Assert.Contains("Debian 13", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Unable to load shared library 'libLibTorchSharp.so' or one of its dependencies. [...] strace [...]\nlibtorch.so: cannot open shared object file: No such file or directory")]
    [InlineData("dlopen(libLibTorchSharp.dylib, 0x0001): Library not loaded: @rpath/libtorch.dylib")]
    [InlineData("Unable to load DLL 'LibTorchSharp.dll' or one of its dependencies: The specified module could not be found. (0x8007007E)")]
    public void A_wrapper_without_libtorch_is_a_missing_backend_package(string loaderMessage)
    {
        string message = TorchRuntime.Explain("libLibTorchSharp.so", new DllNotFoundException(loaderMessage)).Message;
        Assert.StartsWith("libtorch is not beside the program: the application must reference one of TorchSharp-cpu", message, StringComparison.Ordinal);
        Assert.DoesNotContain("strace", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_architecture_is_named()
        => Assert.Contains("another architecture", TorchRuntime.Explain("lib.so", new BadImageFormatException("x")).Message, StringComparison.Ordinal);
}
