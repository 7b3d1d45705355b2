using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;

namespace Gantry.Actors.Runtime;

/// <summary>
/// Writes snapshots outside the commit path (engine 3.5). None that fails holds anything up: the next load takes longer. But it is told, and an
/// entity that fails twice in a row is named until one of it is written.
/// </summary>
internal sealed class SnapshotWriter(LaneHost host, LaneInbox inbox)
{
    private const int TrimMax = 5_000;

    public async Task SaveAsync(IReadOnlyList<LaneOutput.Snapshot> snapshots, CancellationToken ct)
    {
        var rows = new List<SnapshotRow>();
        foreach (var snapshot in snapshots)
        {
            if (Encode(snapshot) is { } row)
            {
                rows.Add(row);
            }
        }

        if (rows.Count == 0)
        {
            return;
        }

        try
        {
            await host.Store.SaveSnapshotsAsync(host.Me, rows, ct).ConfigureAwait(false);
            rows.ForEach(r => host.Snapshots.Written(r.Entity, r.Sequence));
            await TrimAsync(rows, ct).ConfigureAwait(false);
        }
        catch (StoreConnectionException e)
        {
            // Nothing is lost: a longer replay at the next load.
            RuntimeLog.SnapshotFailed(host.Log, rows.Count, e.Message);
            rows.ForEach(r => Failed(r.Entity, r.Sequence, "store", e.Message));
        }
    }

    // A state that is too large, or that its wire form cannot write, fails alone.
    private SnapshotRow? Encode(LaneOutput.Snapshot snapshot)
    {
        try
        {
            if (host.Encoder.EncodeSnapshot(snapshot.Entity, snapshot.Revision, snapshot.State) is { } row)
            {
                return row;
            }

            inbox.Complete(new LaneEvent.StateTooLarge(snapshot.Entity));
            Failed(
                snapshot.Entity,
                snapshot.Revision,
                "too_large",
                $"its state at revision {snapshot.Revision} has more than {StorageLimits.StateBytesMax / 1024} KiB; split the kind, or let it forget",
                isSure: true);
        }
        catch (Exception e)
        {
            Failed(snapshot.Entity, snapshot.Revision, "unwritable", $"{e.GetType().Name}: {e.Message}");
        }

        return null;
    }

    private void Failed(EntityAddress entity, long revision, string reason, string why, bool isSure = false)
    {
        host.Metrics.SnapshotFailed(reason);
        if (host.Snapshots.Failed(entity, revision, why, host.Time.GetUtcNow(), isSure))
        {
            RuntimeLog.SnapshotsFail(host.Log, entity.ToString(), SnapshotBook.AlarmAfter, why);
        }
    }

    // Kinds that ask for it lose what the snapshot covers; the store refuses where none does.
    private async Task TrimAsync(List<SnapshotRow> rows, CancellationToken ct)
    {
        foreach (var row in rows)
        {
            if (host.Store.Maintenance is { } maintenance && host.Model.Kinds[row.Entity.Kind].KeepEvents is { } keep && row.Sequence > keep)
            {
                await maintenance.TrimHistoryAsync(row.Entity, row.Sequence - keep, TrimMax, ct).ConfigureAwait(false);
            }
        }
    }
}
