namespace LongAlign.Training;

/// <summary>Adds the sinks of this library to a trainer.</summary>
public static class TrainingSinkExtensions
{
    /// <summary>Appends steps and evaluations to a file, one line of JSON each (<see cref="JsonLinesProgress"/>).</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="path">The file.</param>
    /// <returns>The builder.</returns>
    /// <inheritdoc cref="JsonLinesProgress(string)" path="/exception"/>
    public static LongAlignTrainerBuilder WriteJsonLines(this LongAlignTrainerBuilder builder, string path)
        => AddSink(builder, new JsonLinesProgress(path));

    /// <summary>Writes steps and evaluations for TensorBoard (<see cref="TensorBoardProgress"/>).</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="folder">The folder of the run.</param>
    /// <returns>The builder.</returns>
    /// <inheritdoc cref="TensorBoardProgress(string)" path="/exception"/>
    public static LongAlignTrainerBuilder WriteTensorBoard(this LongAlignTrainerBuilder builder, string folder)
        => AddSink(builder, new TensorBoardProgress(folder));

    private static LongAlignTrainerBuilder AddSink<TSink>(LongAlignTrainerBuilder builder, TSink sink)
        where TSink : IProgress<TrainingProgress>, IProgress<EvaluationReport>
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.ReportProgress(sink).ReportEvaluations(sink);
    }
}
