using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Sled.Simulator;

/// <summary>
/// The encrypted disks of a simulated sled: at start and at each commit they get the key of the latest epoch, after they were opened with the one
/// they have. Disks ahead of the node are left alone.
/// </summary>
internal sealed class SimulatedDisks(TqNodeHost host, KeyedEpoch keyed, string serial, TimeProvider time, ILogger log) : IAsyncDisposable
{
    private const int Count = 2;

    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly TqSecretRetriever _secrets = new(host, time);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;
    private bool _isWanted;
    private long _epoch = -1;

    /// <summary>The epoch that the disks are keyed with; null while they are locked.</summary>
    public ulong? Epoch => Volatile.Read(ref _epoch) is >= 0 and var epoch ? (ulong)epoch : null;

    /// <summary>Looks again, in the background.</summary>
    public void Rekey()
    {
        lock (_lock)
        {
            _isWanted = true;
            if (_running.IsCompleted && !_stop.IsCancellationRequested)
            {
                _running = Task.Run(() => RunAsync(_stop.Token), CancellationToken.None);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            lock (_lock)
            {
                if (!_isWanted)
                {
                    _running = Task.CompletedTask;
                    return;
                }

                _isWanted = false;
            }

            var latest = await _secrets.LatestAsync(ct).ConfigureAwait(false);
            var error = latest.Result.Error;
            if (latest.Result.Secret is { } secret)
            {
                using (secret)
                {
                    error = await UnlockAsync(latest.Epoch, secret, ct).ConfigureAwait(false);
                }

                await host.ClearSecretsAsync(ct).ConfigureAwait(false);
                if (error is null)
                {
                    continue;
                }
            }

            if (error is not { Code: TqErrorCode.NoCommittedConfigurations or TqErrorCode.Stopped })
            {
                QuorumLog.Locked(log, serial, error?.Message ?? "too few shares came");
                await Task.Delay(RetryPause, time, ct).ConfigureAwait(false);
                Rekey();
            }
        }
    }

    /// <summary>The epoch whose secret opens the disks; null when they cannot be opened, because they are ahead of the node.</summary>
    internal static ulong? Opens(ulong? keyed, ulong latest) => keyed is null ? latest : keyed <= latest ? keyed : null;

    private async Task<TqError?> UnlockAsync(ulong epoch, RackSecret secret, CancellationToken ct)
    {
        if ((long)epoch <= _epoch || host.RackId is not { } rack)
        {
            return null;
        }

        if (Opens(keyed.Value, epoch) is not { } opens)
        {
            QuorumLog.DisksAhead(log, serial, keyed.Value, epoch);
            return null;
        }

        if (opens < epoch)
        {
            var former = await _secrets.OfAsync(opens, ct).ConfigureAwait(false);
            if (former.Secret is null)
            {
                return former.Error ?? TqError.NotAvailable(opens);
            }

            using (former.Secret)
            {
                Derive(rack, former.Secret);
            }
        }

        Derive(rack, secret);
        keyed.Value = epoch;
        Volatile.Write(ref _epoch, (long)epoch);
        QuorumLog.Unlocked(log, serial, epoch);
        return null;
    }

    private void Derive(RackId rack, RackSecret secret)
    {
        for (var i = 0; i < Count; i++)
        {
            using var key = DiskKeys.Derive(rack, secret, new DiskIdentity("sim", "nvme", $"{serial}-{i}"));
        }
    }
}
