using static TorchSharp.torch;

namespace LongAlign.Models.Decoders;

/// <summary>Registers modules at dotted paths, with modules between that hold nothing else: names of parameters follow from paths.</summary>
internal static class ModulePath
{
    public static void Register(nn.Module root, string path, nn.Module module)
    {
        string[] names = path.Split('.');
        foreach (string name in names[..^1])
        {
            nn.Module? child = root.named_children().FirstOrDefault(named => named.name == name).module;
            if (child is null)
            {
                child = new Branch(name);
                root.register_module(name, child);
            }

            root = child;
        }

        root.register_module(names[^1], module);
    }

    private sealed class Branch(string name) : nn.Module(name);
}
