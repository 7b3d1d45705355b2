using Gantry.TrustQuorum.Protocol;

namespace Gantry.Sled.Simulator;

/// <summary>
/// The encrypted disks of a simulated sled: at start and at each commit they get the key of the latest epoch. A disk ahead of the node is left
/// alone.
/// </summary>
internal sealed class SimulatedDisks(TqNodeHost host, string serial, TimeProvider time, ILogger log) : IAsyncDisposable
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
            if (latest.Result.Secret is { } secret)
            {
                using (secret)
                {
                    Key(latest.Epoch, secret);
                }

                await host.ClearSecretsAsync(ct).ConfigureAwait(false);
            }
            else if (latest.Result.Error is not { Code: TqErrorCode.NoCommittedConfigurations or TqErrorCode.Stopped })
            {
                QuorumLog.Locked(log, serial, latest.Result.Error?.Message ?? "too few shares came");
                await Task.Delay(RetryPause, time, ct).ConfigureAwait(false);
                Rekey();
            }
        }
    }

    private void Key(ulong epoch, RackSecret secret)
    {
        if ((long)epoch <= _epoch || host.RackId is not { } rack)
        {
            return;
        }

        for (var i = 0; i < Count; i++)
        {
            using var key = DiskKeys.Derive(rack, secret, new DiskIdentity("sim", "nvme", $"{serial}-{i}"));
        }

        Volatile.Write(ref _epoch, (long)epoch);
        QuorumLog.Unlocked(log, serial, epoch);
    }
}
