using LongAlign.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LongAlign.Training;

/// <summary>The parameters of a module as a run counts them: a tied weight is one, whatever its names.</summary>
internal static class ModuleParameters
{
    /// <summary>Every parameter once, under the first of its names.</summary>
    public static IEnumerable<(string Name, Parameter Parameter)> Of(nn.Module module)
        => module.named_parameters().DistinctBy(named => named.parameter, SameWeight.Comparer);

    /// <summary>Returns a message on two parameters that share memory and not the gradient; null for none.</summary>
    public static string? FindFault(nn.Module module)
    {
        IEnumerable<(string Name, Parameter Parameter)> all = module.named_parameters();
        foreach (IGrouping<Tensor, (string Name, Parameter Parameter)> tied in all.GroupBy<(string Name, Parameter Parameter), Tensor>(named => named.Parameter, SameWeight.Comparer))
        {
            (string first, Parameter parameter) = tied.First();
            foreach ((string other, Parameter alias) in tied.Skip(1))
            {
                if (!IsSame(parameter, alias))
                {
                    return $"parameters {first} and {other} share their memory and not their gradient; tie them by giving both modules the same parameter.";
                }
            }
        }

        return null;
    }

    /// <summary>Whether two objects stand for one tensor of libtorch: what is set on one then shows on the other. Frozen ones have no gradient to share.</summary>
    private static bool IsSame(Parameter parameter, Parameter other)
    {
        if (!parameter.requires_grad || !other.requires_grad)
        {
            return parameter.requires_grad == other.requires_grad;
        }

        parameter.requires_grad = false;
        bool isSame = !other.requires_grad;
        parameter.requires_grad = true;
        return isSame;
    }
}
