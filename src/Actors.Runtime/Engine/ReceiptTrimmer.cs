using Gantry.Actors.Storage;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>Removes receipts that nobody can ask for any more, in chunks, now and then (engine 3.5).</summary>
internal sealed class ReceiptTrimmer(IActorStore store, TimeProvider time, TimeSpan keep, ILogger log) : IAsyncDisposable
{
    private const int Chunk = 5_000;

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(10);

    private readonly CancellationTokenSource _stop = new();
    private Task _run = Task.CompletedTask;

    public void Start() => _run = RunAsync();

    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _run.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(Period, time, _stop.Token).ConfigureAwait(false);
                await TrimAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    private async Task TrimAsync()
    {
        try
        {
            var before = time.GetUtcNow() - keep;
            while (await store.TrimReceiptsAsync(before, Chunk, _stop.Token).ConfigureAwait(false) == Chunk)
            {
                // More of them.
            }
        }
        catch (StoreConnectionException e)
        {
            RuntimeLog.TrimFailed(log, e.Message);
        }
    }
}
