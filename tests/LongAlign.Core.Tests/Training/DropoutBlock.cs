using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Core.Tests.Training;

/// <summary>A feed-forward with dropout and a residual: a module as users have them.</summary>
internal sealed class DropoutBlock : nn.Module<Tensor, Tensor>
{
    private readonly Linear _up;
    private readonly Linear _down;
    private readonly Dropout _dropout = nn.Dropout(0.4);

    public DropoutBlock(int width)
        : base(nameof(DropoutBlock))
    {
        _up = nn.Linear(width, 2 * width);
        _down = nn.Linear(2 * width, width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        return (input + _dropout.forward(_down.forward(nn.functional.gelu(_up.forward(input))))).MoveToOuterDisposeScope();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _up.Dispose();
            _down.Dispose();
            _dropout.Dispose();
        }

        base.Dispose(disposing);
    }
}
