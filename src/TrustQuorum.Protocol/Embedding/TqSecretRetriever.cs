namespace Gantry.TrustQuorum.Protocol;

/// <summary>Asks a node for secrets until it has them (tq 4.16): what disk keys are made from.</summary>
public sealed class TqSecretRetriever(TqNodeHost host, TimeProvider time)
{
    /// <summary>Pause between two questions.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>When it gives up.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    // Shares of a healthy rack arrive within milliseconds: the first questions follow each other closely.
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);

    /// <summary>The latest epoch and its secret, or why there is none. The caller disposes the secret.</summary>
    public async Task<TqLatestResult> LatestAsync(CancellationToken ct)
    {
        var began = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause < Pause ? pause * 2 : Pause)
        {
            var latest = await host.LoadLatestAsync(ct).ConfigureAwait(false);
            if (!latest.Result.IsPending || time.GetElapsedTime(began) > Patience)
            {
                return latest;
            }

            await Task.Delay(pause, time, ct).ConfigureAwait(false);
        }
    }

    /// <summary>The secret of one epoch.</summary>
    public async Task<TqLoadResult> OfAsync(ulong epoch, CancellationToken ct)
    {
        var began = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause < Pause ? pause * 2 : Pause)
        {
            var result = await host.LoadAsync(epoch, ct).ConfigureAwait(false);
            if (!result.IsPending || time.GetElapsedTime(began) > Patience)
            {
                return result;
            }

            await Task.Delay(pause, time, ct).ConfigureAwait(false);
        }
    }
}
