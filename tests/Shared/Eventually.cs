namespace Gantry.Tests;

/// <summary>Waits for a condition, level-triggered; past the deadline it fails with what was seen last.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits until the condition holds.</summary>
    public static Task HoldsAsync(Func<bool> condition, TimeSpan deadline, Func<object?>? seen = null) =>
        HoldsAsync(() => Task.FromResult(condition()), deadline, seen);

    /// <summary>Waits until the condition holds.</summary>
    public static async Task HoldsAsync(Func<Task<bool>> condition, TimeSpan deadline, Func<object?>? seen = null)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await condition().ConfigureAwait(false))
        {
            if (TimeProvider.System.GetElapsedTime(began) > deadline)
            {
                throw new TimeoutException($"not within {deadline.TotalSeconds} s; seen last: {seen?.Invoke() ?? "nothing noted"}");
            }

            await Task.Delay(Pause, TimeProvider.System).ConfigureAwait(false);
        }
    }
}
