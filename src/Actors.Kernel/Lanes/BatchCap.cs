namespace Gantry.Actors.Kernel;

/// <summary>How many commands a batch may have: by the bytes of the last ones, and fewer while a culprit is looked for (engine 3.3, 4.6).</summary>
internal sealed class BatchCap
{
    private int _poison = LaneLimits.BatchCommandsMax;
    private int _size = LaneLimits.BatchCommandsMax;

    public int Commands => Math.Min(_poison, _size);

    /// <summary>The store refused a batch and cannot say for whose rows: the next one has half of it.</summary>
    public void Halve(int commands) => _poison = Math.Max(1, commands / 2);

    /// <summary>The culprit is found, or nothing is left to look through.</summary>
    public void Forget() => _poison = LaneLimits.BatchCommandsMax;

    /// <summary>Bodies are written only when a batch is sealed, so its size is kept near the aim by what the last ones weighed.</summary>
    public void Weigh(int commands, int bytes)
    {
        if (bytes > 0)
        {
            Fit(commands, bytes, LaneLimits.BatchCommandsMax);
        }
    }

    /// <summary>A batch was too large to be sent: the next one has half of it at most, so that this ends.</summary>
    public void Shrink(int commands, int bytes) => Fit(commands, bytes, Math.Max(1, commands / 2));

    private void Fit(int commands, int bytes, int max)
    {
        var average = Math.Max(1, bytes / commands);
        _size = Math.Clamp(LaneLimits.BatchBytesAim / average, 1, max);
    }
}
