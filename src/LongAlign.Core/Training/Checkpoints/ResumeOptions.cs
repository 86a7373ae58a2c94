namespace LongAlign.Training.Checkpoints;

/// <summary>What a run goes on from.</summary>
/// <param name="Path">A checkpoint, or a directory of checkpoints.</param>
/// <param name="OrBegin">Whether the run begins at step 0 where no checkpoint is whole.</param>
internal sealed record ResumeOptions(string Path, bool OrBegin)
{
    public void Validate(ICollection<string> faults)
    {
        if (!OrBegin && !Directory.Exists(Path))
        {
            faults.Add($"ResumeFrom: there is no folder '{Path}'; `orBegin: true` begins a new run there.");
        }
    }
}
