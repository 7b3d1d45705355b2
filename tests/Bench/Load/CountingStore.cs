using System.Diagnostics;
using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Tests;

namespace Gantry.Bench;

/// <summary>Passes everything on; counts batches and commands, and keeps one batch as the sample of what the engine writes.</summary>
internal sealed class CountingStore(IActorStore inner) : PassingStore(inner)
{
    private long _batches;
    private long _commands;
    private long _busyTicks;
    private long _loaded;

    public CommitBatch? Sample { get; private set; }

    /// <summary>Entities that were loaded since the last call.</summary>
    public long TakeLoaded() => Interlocked.Exchange(ref _loaded, 0);

    /// <summary>Batches, commands and time in commits since the last call.</summary>
    public (long Batches, long Commands, TimeSpan Busy) Take() => (
        Interlocked.Exchange(ref _batches, 0),
        Interlocked.Exchange(ref _commands, 0),
        Stopwatch.GetElapsedTime(0, Interlocked.Exchange(ref _busyTicks, 0)));

    public override async ValueTask<CommitResult> CommitAsync(LaneTicket ticket, CommitBatch batch, CancellationToken ct)
    {
        var from = Stopwatch.GetTimestamp();
        var result = await base.CommitAsync(ticket, batch, ct);
        Interlocked.Add(ref _busyTicks, Stopwatch.GetTimestamp() - from);
        Interlocked.Increment(ref _batches);
        Interlocked.Add(ref _commands, batch.Receipts.Length);
        if (batch.Events.Length > 0 && batch.Receipts.Length > 0)
        {
            Sample = batch;
        }

        return result;
    }

    public override IAsyncEnumerable<EntityImage> LoadAsync(IReadOnlyList<EntityAddress> entities, CancellationToken ct)
    {
        Interlocked.Add(ref _loaded, entities.Count);
        return base.LoadAsync(entities, ct);
    }
}
