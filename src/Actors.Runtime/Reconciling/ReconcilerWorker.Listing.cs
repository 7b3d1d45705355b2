using System.Threading.Channels;
using Gantry.Actors.Kernel;

namespace Gantry.Actors.Runtime;

// The keys that exist, listed by period and when shards come.
internal sealed partial class ReconcilerWorker
{
    private async Task ListForeverAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var period = reconciler.Options.Period > TimeSpan.Zero ? reconciler.Options.Period : ListingWithoutPeriod;
        var backoff = TimeSpan.FromMilliseconds(200);
        while (!_stop.IsCancellationRequested)
        {
            if (await TryListAsync().ConfigureAwait(false))
            {
                backoff = TimeSpan.FromMilliseconds(200);
                await PauseAsync(period * (1 - (QueueLimits.PeriodJitter * random.NextDouble())), _listNow.Reader).ConfigureAwait(false);
            }
            else
            {
                await PauseAsync(backoff * (0.5 + (0.5 * random.NextDouble()))).ConfigureAwait(false);
                backoff = backoff * 2 < ListingBackoffMax ? backoff * 2 : ListingBackoffMax;
            }
        }
    }

    private async Task<bool> TryListAsync()
    {
        var beganAt = time.GetUtcNow();
        try
        {
            var shards = scope.Owned;
            var keys = new HashSet<string>(StringComparer.Ordinal);
            await foreach (var key in reconciler.ListAsync(shards, _stop.Token).ConfigureAwait(false))
            {
                keys.Add(key);
            }

            int refused;
            lock (_gate)
            {
                refused = _queue.Listed(keys, beganAt, time.GetUtcNow());
                _book.KeepOnly(keys);
                _isListed = true;
            }

            if (refused > 0)
            {
                log.TooManyKeys(reconciler.Name, refused);
            }

            Wake();
            return true;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception e)
        {
            log.ListingFailed(reconciler.Name, e);
            return false;
        }
    }

    private async Task PauseAsync(TimeSpan delay, ChannelReader<bool>? sooner = null)
    {
        try
        {
            if (sooner is null)
            {
                await Task.Delay(delay, time, _stop.Token).ConfigureAwait(false);
                return;
            }

            using var due = new CancellationTokenSource(delay, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(due.Token, _stop.Token);
            await sooner.ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The caller's loop looks at the stop itself.
        }
    }
}
