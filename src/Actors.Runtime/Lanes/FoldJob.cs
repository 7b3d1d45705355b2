using System.Collections.Immutable;
using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;

namespace Gantry.Actors.Runtime;

/// <summary>
/// Folds the entities of one load. <c>Apply</c> is code of areas and may throw or hang: the entity is broken then, and the others go on
/// without it, on another thread if need be.
/// </summary>
internal sealed class FoldJob(
    LaneHost host, LaneInbox inbox, ImmutableArray<EntityStamp> stamps, IReadOnlyList<EntityImage> images, LoadedEntity[] loaded, int first)
{
    private int _state;
    private int _index;

    public void Run()
    {
        using var mark = new WorkMark(host.Turns);
        using (host.Watchdog.Look(mark, Stuck))
        {
            for (var i = first; i < stamps.Length; i++)
            {
                if (loaded[i] is { Broken: not null })
                {
                    continue; // it could not even be read
                }

                Volatile.Write(ref _index, i);
                mark.Begin(stamps[i].Entity, "the fold of its events");
                var folded = Fold(stamps[i], images[i]);
                if (Volatile.Read(ref _state) != 0)
                {
                    return;
                }

                loaded[i] = folded;
            }

            mark.End();
        }

        if (Interlocked.CompareExchange(ref _state, 1, 0) == 0)
        {
            inbox.Complete(new LaneEvent.Loaded([.. loaded]));
        }
    }

    private void Stuck(EntityAddress entity, string what)
    {
        if (Interlocked.CompareExchange(ref _state, 2, 0) != 0)
        {
            return;
        }

        var index = Volatile.Read(ref _index);
        var why = $"HANGS: {what} did not end within {Watchdog.StuckAfter.TotalSeconds:0} s";
        RuntimeLog.CodeHangs(host.Log, entity.ToString(), what, Watchdog.StuckAfter.TotalSeconds);
        host.Suspects.Note(entity, what);
        var rest = loaded.ToArray();
        rest[index] = new LoadedEntity(stamps[index], null, 0, 0, why);
        var next = new FoldJob(host, inbox, stamps, images, rest, index + 1);
        _ = Task.Factory.StartNew(next.Run, CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Default);
    }

    private LoadedEntity Fold(EntityStamp stamp, EntityImage image)
    {
        try
        {
            var folded = host.Decoder.Fold(image);
            return new LoadedEntity(stamp, folded.State, folded.Revision, folded.SnapshotAt);
        }
        catch (Exception e)
        {
            // WireException: data; anything else: Apply threw. Both quarantine this entity alone (engine 6).
            return new LoadedEntity(stamp, null, 0, 0, $"{e.GetType().Name}: {e.Message}");
        }
    }
}
