using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>The autograd node of <see cref="GradientCheckpoint"/>.</summary>
internal sealed class GradientCheckpointFunction : autograd.SingleTensorFunction<GradientCheckpointFunction>
{
    public override string Name => nameof(GradientCheckpointFunction);

    public static Tensor Run(Func<IReadOnlyList<Tensor>, Tensor> function, Tensor[] inputs)
    {
        Tensor randomState = random.get_rng_state();
        try
        {
            return apply([function, randomState, .. inputs]);
        }
        finally
        {
            randomState.Dispose();
        }
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var function = (Func<IReadOnlyList<Tensor>, Tensor>)vars[0];
        Tensor[] inputs = [.. vars.Skip(2).Cast<Tensor>()];
        ctx.save_for_backward([(Tensor)vars[1], .. inputs]);
        ctx.save_data(nameof(function), function);
        ctx.save_data(nameof(Tensor.requires_grad), Array.ConvertAll(inputs, input => input.requires_grad));
        using DisposeScope scope = NewDisposeScope();
        return function(inputs).MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        List<Tensor> saved = ctx.get_saved_variables();
        bool[] needed = (bool[])ctx.get_data(nameof(Tensor.requires_grad));
        Tensor?[] gradients = new Tensor?[needed.Length];
        using DisposeScope scope = NewDisposeScope();
        try
        {
            Recompute((Func<IReadOnlyList<Tensor>, Tensor>)ctx.get_data("function"), saved, needed, grad_output, gradients);
        }
        catch (Exception e)
        {
            GradientCheckpoint.Fail(e); // thrown here it would end the process
        }

        for (int i = 0; i < gradients.Length; i++)
        {
            gradients[i] ??= needed[i] ? zeros_like(saved[i + 1]) : null;
            gradients[i]?.MoveToOuterDisposeScope();
        }

        saved.ForEach(tensor => tensor.Dispose());
        return [null!, null!, .. gradients.Select(gradient => gradient!)]; // libtorch takes null for no gradient
    }

    private static void Recompute(Func<IReadOnlyList<Tensor>, Tensor> function, List<Tensor> saved, bool[] needed, Tensor outputGradient, Tensor?[] gradients)
    {
        using Tensor now = random.get_rng_state();
        random.set_rng_state(saved[0]);
        try
        {
            using (enable_grad())
            {
                Tensor[] inputs = [.. saved.Skip(1).Select((tensor, i) => tensor.detach().requires_grad_(needed[i]))];
                function(inputs).backward([outputGradient]); // parameters get theirs on the way
                for (int i = 0; i < inputs.Length; i++)
                {
                    gradients[i] = needed[i] ? inputs[i].grad?.alias() : null;
                }
            }
        }
        finally
        {
            random.set_rng_state(now);
        }
    }
}
