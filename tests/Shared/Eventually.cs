namespace Gantry.Tests;

/// <summary>
/// Waits for a condition, level-triggered; past the deadline it fails with what was seen last. A look that throws (a node that is just dying, a
/// shard without an owner) is a look at which the condition did not hold; the last of them is told at the deadline.
/// </summary>
internal static class Eventually
{
    // Longer from look to look: what takes seconds is mostly another process's work, and many looks would take the processor from it.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Growth = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan PauseMax = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until the condition holds.</summary>
    public static Task HoldsAsync(Func<bool> condition, TimeSpan deadline, Func<object?>? seen = null) =>
        HoldsAsync(() => Task.FromResult(condition()), deadline, seen);

    /// <summary>Waits until the condition holds.</summary>
    public static async Task HoldsAsync(Func<Task<bool>> condition, TimeSpan deadline, Func<object?>? seen = null)
    {
        var began = TimeProvider.System.GetTimestamp();
        var pause = Pause;
        while (true)
        {
            Exception? thrown = null;
            try
            {
                if (await condition().ConfigureAwait(false))
                {
                    return;
                }
            }
            catch (Exception e)
            {
                thrown = e;
            }

            if (TimeProvider.System.GetElapsedTime(began) > deadline)
            {
                throw new TimeoutException($"not within {deadline.TotalSeconds} s; seen last: {thrown?.Message ?? seen?.Invoke() ?? "nothing noted"}", thrown);
            }

            await Task.Delay(pause, TimeProvider.System).ConfigureAwait(false);
            pause = pause < PauseMax ? pause + Growth : PauseMax;
        }
    }
}
