using TorchSharp;

[assembly: AssemblyFixture(typeof(LongAlign.Models.Tests.SingleThread))]

namespace LongAlign.Models.Tests;

/// <summary>One thread for torch: the models here are tiny, and threads that wait for one another on shared cores take minutes.</summary>
public sealed class SingleThread
{
    public SingleThread() => torch.set_num_threads(1);
}
