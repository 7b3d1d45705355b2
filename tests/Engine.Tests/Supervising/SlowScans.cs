using System.Runtime.CompilerServices;
using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Tests;

namespace Gantry.Engine.Tests.Supervising;

/// <summary>A store whose scans for mail wait until they are let go.</summary>
internal sealed class SlowScans(IActorStore store) : PassingStore(store, isOwner: false)
{
    private int _out;
    private int _most;
    private int _seen;

    public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Out => Volatile.Read(ref _out);

    public int Most => Volatile.Read(ref _most);

    /// <summary>Scans that have begun.</summary>
    public int Seen => Volatile.Read(ref _seen);

    public override async IAsyncEnumerable<MailRow> ScanMailAsync(
        IReadOnlyList<ShardId> shards, DateTimeOffset dueBefore, MailCursor? after, int max, [EnumeratorCancellation] CancellationToken ct)
    {
        Interlocked.Increment(ref _seen);
        var now = Interlocked.Increment(ref _out);
        for (var most = Most; most < now; most = Most)
        {
            Interlocked.CompareExchange(ref _most, now, most);
        }

        try
        {
            await Gate.Task.WaitAsync(ct);
            await foreach (var row in base.ScanMailAsync(shards, dueBefore, after, max, ct))
            {
                yield return row;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _out);
        }
    }
}
