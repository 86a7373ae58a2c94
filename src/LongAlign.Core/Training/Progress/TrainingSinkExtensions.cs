namespace LongAlign.Training;

/// <summary>Adds the sinks of this library to a trainer.</summary>
public static class TrainingSinkExtensions
{
    /// <summary>
    /// Appends a line of JSON for every step and every evaluation to a file, which is complete after each of them. Properties are those of
    /// <see cref="TrainingProgress"/> and <see cref="EvaluationReport"/> in camel case, after <c>kind</c>: <c>step</c> or <c>evaluation</c>.
    /// </summary>
    /// <remarks>
    /// <para>Times are seconds. A number that is not finite is the text <c>NaN</c>, <c>Infinity</c> or <c>-Infinity</c>.</para>
    /// <para>
    /// A run that resumes keeps the lines before its first report and drops those that it makes again, so that no step is there twice. A run that
    /// begins anew first gives the file another name (<c>.1</c>, <c>.2</c> … behind it).
    /// </para>
    /// </remarks>
    /// <param name="builder">The builder.</param>
    /// <param name="path">The file.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="IOException">It can't be made or written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static LongAlignTrainerBuilder WriteJsonLines(this LongAlignTrainerBuilder builder, string path)
        => AddSink(builder, new JsonLinesProgress(path));

    /// <summary>
    /// Writes every step and every evaluation as scalars to a TensorBoard event file (<c>train/…</c>, <c>speed/…</c>, <c>memory/…</c>,
    /// <c>evaluation/…</c>, <c>metrics/…</c>), by TorchSharp's writer.
    /// </summary>
    /// <remarks>A run that resumes writes a further file into the folder; TensorBoard shows the files of a folder as one run, and steps that were made again twice.</remarks>
    /// <param name="builder">The builder.</param>
    /// <param name="folder">The folder of the run.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="IOException">It can't be made or written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static LongAlignTrainerBuilder WriteTensorBoard(this LongAlignTrainerBuilder builder, string folder)
        => AddSink(builder, new TensorBoardProgress(folder));

    private static LongAlignTrainerBuilder AddSink<TSink>(LongAlignTrainerBuilder builder, TSink sink)
        where TSink : IProgress<TrainingProgress>, IProgress<EvaluationReport>
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.ReportProgress(sink).ReportEvaluations(sink);
    }
}
