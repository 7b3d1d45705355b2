using System.Runtime.CompilerServices;
using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Tests;

namespace Gantry.Engine.Tests.Supervising;

/// <summary>A store whose loads wait until they are let go.</summary>
internal sealed class SlowLoads(IActorStore store) : PassingStore(store, isOwner: false)
{
    private int _out;
    private int _most;

    public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Out => Volatile.Read(ref _out);

    public int Most => Volatile.Read(ref _most);

    public override async IAsyncEnumerable<EntityImage> LoadAsync(
        IReadOnlyList<EntityAddress> entities, [EnumeratorCancellation] CancellationToken ct)
    {
        var now = Interlocked.Increment(ref _out);
        for (var most = Most; most < now; most = Most)
        {
            Interlocked.CompareExchange(ref _most, now, most);
        }

        await Gate.Task.WaitAsync(ct);
        await foreach (var image in base.LoadAsync(entities, ct))
        {
            yield return image;
        }

        Interlocked.Decrement(ref _out);
    }
}
