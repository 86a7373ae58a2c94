using TorchSharp;

namespace LongAlign.Testing;

/// <summary>One thread for torch: the models of tests are tiny, and threads that wait for one another on shared cores take minutes.</summary>
public sealed class SingleThread
{
    public SingleThread() => torch.set_num_threads(1);
}
