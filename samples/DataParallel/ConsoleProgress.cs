using LongAlign.Training;

namespace DataParallel;

/// <summary>Every tenth step on the console.</summary>
internal sealed class ConsoleProgress : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        if (value.Step % 10 == 0)
        {
            Console.WriteLine(value);
        }
    }
}
