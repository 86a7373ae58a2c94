namespace LongAlign.Training;

/// <summary>In which dtypes a run keeps weights and computes.</summary>
public enum TrainingPrecision
{
    /// <summary>Float32 throughout.</summary>
    Full,

    /// <summary>Bfloat16 weights, gradients and activations beside float32 masters, from float32 weights (<see cref="LongAlignTrainerBuilder.UseMixedPrecision"/>).</summary>
    Mixed,

    /// <summary>The same from weights that are bfloat16 when the run begins: frozen ones were never larger.</summary>
    BFloat16,
}
