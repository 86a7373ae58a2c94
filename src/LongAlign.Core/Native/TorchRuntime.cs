namespace LongAlign.Native;

/// <summary>placeholder until merged</summary>
public static class TorchRuntime
{
    /// <summary>placeholder</summary>
    public static void EnsureAvailable()
    {
    }
}
