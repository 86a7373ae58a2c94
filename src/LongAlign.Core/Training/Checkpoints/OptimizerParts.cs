using System.Globalization;
using System.Text.RegularExpressions;
using LongAlign.Distributed;
using LongAlign.Safetensors;
using TorchSharp;
using static TorchSharp.torch;

namespace LongAlign.Training.Checkpoints;

/// <summary>
/// The optimizer's state in a checkpoint: one file, or one of each rank that has updated a share of every parameter. It is read for other shares
/// than it was written in.
/// </summary>
/// <remarks>
/// A tensor <c>parameter.anything</c> that has the shape of the parameter or of the rank's share is of its numbers, and cut anew. Others, such as
/// a count of steps, are the same on every rank.
/// </remarks>
internal sealed partial class OptimizerParts : IDisposable
{
    private readonly string _folder;
    private readonly SafetensorsReader[] _parts;

    /// <summary>Opens the files.</summary>
    /// <exception cref="CheckpointException">One is missing.</exception>
    public OptimizerParts(string folder)
    {
        _folder = folder;
        string[] names = [.. Directory.EnumerateFiles(folder, "optimizer*.safetensors").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        if (FindFault(names) is { } fault)
        {
            throw new CheckpointException($"{folder} {fault}.");
        }

        _parts = [.. names.Select(name => new SafetensorsReader(Path.Combine(folder, name)))];
    }

    /// <summary>The file of a rank's part.</summary>
    public static string NameOf(int part, int parts) => parts == 1
        ? "optimizer.safetensors"
        : string.Create(CultureInfo.InvariantCulture, $"optimizer-{part + 1:D5}-of-{parts:D5}.safetensors");

    /// <summary>Returns what is missing among the files of a checkpoint; null if nothing is.</summary>
    public static string? FindFault(IEnumerable<string> files)
    {
        HashSet<string> names = [.. files];
        if (names.Contains(NameOf(0, 1)))
        {
            return null;
        }

        int parts = names.Select(name => PartName().Match(name)).Where(match => match.Success)
            .Select(match => int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)).FirstOrDefault(1);
        string[] missing = [.. Enumerable.Range(0, Math.Max(1, parts)).Select(part => NameOf(part, parts)).Where(name => !names.Contains(name))];
        return missing is [] ? null : $"does not name {string.Join(", ", missing)}";
    }

    /// <summary>The state for shares; read before the parts are disposed.</summary>
    /// <param name="shares">The wanted share of each parameter.</param>
    /// <param name="rank">The rank that reads.</param>
    /// <param name="ranks">The ranks that read.</param>
    /// <exception cref="CheckpointException">A state is neither of a parameter's numbers nor the same on every rank that wrote it.</exception>
    public SavedTensors Read(IEnumerable<StateShare> shares, int rank, int ranks)
    {
        Dictionary<string, StateShare> byName = shares.ToDictionary(share => share.Parameter, StringComparer.Ordinal);
        Dictionary<string, SafetensorsEntry> entries = new(StringComparer.Ordinal);
        foreach ((string name, SafetensorsEntry entry) in _parts[0].Entries)
        {
            entries.Add(name, FindShare(byName, name) is { } share ? Shaped(entry, share.Shape) : entry);
        }

        return new SavedTensors(_folder, entries, name => FindShare(byName, name) is { } share ? Cut(name, share) : Common(name, ranks == _parts.Length ? rank : null));
    }

    public void Dispose() => Array.ForEach(_parts, part => part.Dispose());

    private static SafetensorsEntry Shaped(SafetensorsEntry entry, long[] shape)
        => new() { Name = entry.Name, Dtype = entry.Dtype, Shape = shape, Offset = entry.Offset, ByteCount = entry.ByteCount };

    /// <summary>The share that a tensor is cut for; null where it is not of a parameter's numbers.</summary>
    private StateShare? FindShare(Dictionary<string, StateShare> shares, string name)
    {
        for (int end = name.LastIndexOf('.'); end > 0; end = name.LastIndexOf('.', end - 1))
        {
            if (shares.TryGetValue(name[..end], out StateShare? share))
            {
                return Enumerable.Range(0, _parts.Length).All(part => IsOfNumbers(name, share, part)) ? share : null;
            }
        }

        return null;
    }

    private bool IsOfNumbers(string name, StateShare share, int part)
        => _parts[part].Entries.TryGetValue(name, out SafetensorsEntry? entry)
            && entry.Shape.Count == share.Shape.Length
            && entry.Shape.Aggregate(1L, (count, size) => count * size) == ParameterShard.RangeOf(share.Size, part, _parts.Length).Count;

    private Tensor Cut(string name, StateShare share)
    {
        Tensor whole = empty(share.Shape, _parts[0].Entries[name].Dtype);
        using DisposeScope scope = NewDisposeScope();
        using Tensor flat = whole.view(-1);
        for (int part = 0; part < _parts.Length; part++)
        {
            (long start, long count) = ParameterShard.RangeOf(share.Size, part, _parts.Length);
            long from = Math.Max(start, share.Start);
            long to = Math.Min(start + count, share.Start + share.Count);
            if (to > from)
            {
                flat.narrow(0, from - share.Start, to - from).copy_(_parts[part].Read(name).view(-1).narrow(0, from - start, to - from));
            }
        }

        return whole;
    }

    /// <summary>A rank reads what it wrote; another number of ranks, what all wrote alike.</summary>
    private Tensor Common(string name, int? writer)
    {
        if (writer is { } rank)
        {
            return _parts[rank].Read(name);
        }

        Tensor own = _parts[0].Read(name);
        foreach (SafetensorsReader part in _parts)
        {
            using Tensor other = part.Entries.ContainsKey(name) ? part.Read(name) : empty(0);
            if (!other.shape.AsSpan().SequenceEqual(own.shape) || !other.bytes.SequenceEqual(own.bytes))
            {
                throw new CheckpointException(
                    $"The optimizer's state '{name}' differs between the ranks that wrote {_folder} and is not named after a parameter: it can't be read by another number of ranks.");
            }
        }

        return own;
    }

    [GeneratedRegex(@"^optimizer-[0-9]{5}-of-([0-9]{5})\.safetensors$", RegexOptions.CultureInvariant)]
    private static partial Regex PartName();
}
