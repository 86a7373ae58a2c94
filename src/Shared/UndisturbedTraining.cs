using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>
/// Puts a module into evaluation mode; disposed, it gives every part its mode and the CPU's random generator its state back.
/// </summary>
/// <remarks>TorchSharp can't read the generators of CUDA: a model that draws from one outside of training mode moves it on.</remarks>
internal sealed class UndisturbedTraining : IDisposable
{
    private readonly (nn.Module Module, bool IsTraining)[] _modes;
    private readonly Tensor _randomState;

    public UndisturbedTraining(nn.Module module)
    {
        _modes = [.. module.modules().Prepend(module).Select(part => (part, part.training))]; // parents first: train() reaches down
        _randomState = random.get_rng_state().DetachFromDisposeScope();
        module.eval();
    }

    public void Dispose()
    {
        foreach ((nn.Module module, bool isTraining) in _modes)
        {
            module.train(isTraining);
        }

        random.set_rng_state(_randomState);
        _randomState.Dispose();
    }
}
