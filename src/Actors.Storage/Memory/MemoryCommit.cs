using System.Collections.Immutable;

namespace Gantry.Actors.Storage;

/// <summary>One transaction over <see cref="MemoryTables"/>: the statements of engine 3.3 in their order.</summary>
internal static class MemoryCommit
{
    public static (CommitResult Result, MemoryTables After) Run(
        MemoryTables before, LaneTicket ticket, CommitBatch batch, StoreMutations mutations)
    {
        if (WhyFenced(before, ticket, batch, mutations) is { } fenced)
        {
            return (fenced, before);
        }

        if (FindLosers(before, batch, mutations) is { } losers)
        {
            return (losers, before);
        }

        var lane = (ticket.Incarnation, ticket.Lane);
        var after = before with
        {
            Lanes = before.Lanes.SetItem(lane, before.Lanes[lane] with { Batch = ticket.BatchNumber }),
        };
        after = Mail(after, batch);
        after = Claims(after, batch);
        after = after with
        {
            Receipts = after.Receipts.SetItems(batch.Receipts.Select(r => KeyValuePair.Create((r.Entity, r.Key), r))),
        };
        var (withEvents, poison) = Events(after, batch);
        if (poison is not null)
        {
            return (poison, before);
        }

        var (withViews, clash) = Views(withEvents, batch);
        return clash is null ? (new CommitResult.Committed(), withViews) : (clash, before);
    }

    public static CommitResult.Fenced? WhyFenced(
        MemoryTables tables, LaneTicket ticket, CommitBatch? batch, StoreMutations mutations)
    {
        if (!tables.Lanes.TryGetValue((ticket.Incarnation, ticket.Lane), out var lane)
            || (lane.Fenced && (mutations & StoreMutations.NoFence) == StoreMutations.None))
        {
            return new CommitResult.Fenced(FenceReason.Fenced, $"lane {ticket.Lane} of {ticket.Incarnation} is fenced or gone");
        }

        if (lane.Session != ticket.Session && (mutations & StoreMutations.NoSession) == StoreMutations.None)
        {
            return new CommitResult.Fenced(FenceReason.Session, $"session {ticket.Session} was replaced by {lane.Session}");
        }

        if (batch is null)
        {
            return null;
        }

        if (lane.Batch != ticket.BatchNumber - 1)
        {
            return new CommitResult.Fenced(FenceReason.BatchNumber, $"batch {ticket.BatchNumber} after {lane.Batch}");
        }

        return (mutations & StoreMutations.NoOwner) == StoreMutations.None ? WhyNotOwner(tables, ticket, batch) : null;
    }

    private static CommitResult.Fenced? WhyNotOwner(MemoryTables tables, LaneTicket ticket, CommitBatch batch)
    {
        foreach (var touched in batch.Shards)
        {
            if (!tables.Shards.TryGetValue(touched.Shard, out var shard)
                || shard.Owner != ticket.Incarnation
                || shard.Epoch != touched.Epoch)
            {
                return new CommitResult.Fenced(FenceReason.NotOwner, $"shard {touched.Shard} is not ours at epoch {touched.Epoch}");
            }
        }

        return null;
    }

    private static CommitResult.Losers? FindLosers(MemoryTables tables, CommitBatch batch, StoreMutations mutations)
    {
        var gone = batch.ConsumedMail.Where(id => !tables.Mail.ContainsKey(id)).ToImmutableArray();
        var wanted = new Dictionary<(string, string), EntityAddress>();
        var taken = ImmutableArray.CreateBuilder<ClaimConflict>();
        foreach (var claim in batch.Claims)
        {
            var key = (claim.Space, claim.Value);
            EntityAddress? holder = tables.Claims.TryGetValue(key, out var row) ? row.Entity : null;
            if (holder is null && !wanted.TryAdd(key, claim.Entity))
            {
                holder = wanted[key];
            }

            if (holder is { } other && other != claim.Entity && (mutations & StoreMutations.NoClaim) == StoreMutations.None)
            {
                taken.Add(new ClaimConflict(claim.Space, claim.Value, claim.Entity, other));
            }
        }

        var known = batch.Receipts
            .Where(r => (mutations & StoreMutations.NoReceipt) == StoreMutations.None && tables.Receipts.ContainsKey((r.Entity, r.Key)))
            .Select(r => tables.Receipts[(r.Entity, r.Key)])
            .ToImmutableArray();
        return gone.IsEmpty && taken.Count == 0 && known.IsEmpty
            ? null
            : new CommitResult.Losers(gone, taken.ToImmutable(), known);
    }

    private static MemoryTables Mail(MemoryTables tables, CommitBatch batch)
    {
        var mail = tables.Mail.ToBuilder();
        var byDue = tables.MailByDue.ToBuilder();
        var timers = tables.Timers.ToBuilder();
        var parked = tables.Parked.ToBuilder();

        void Remove(MailId id)
        {
            if (mail.Remove(id, out var row))
            {
                byDue.Remove(MailPlace.Of(row));
                if (row.TimerName is { } name)
                {
                    timers.Remove(new TimerKey(row.To, name));
                }
            }
        }

        foreach (var letter in batch.Parked)
        {
            parked[letter.Id] = (mail[letter.Id], letter);
        }

        foreach (var id in batch.ConsumedMail)
        {
            Remove(id);
        }

        foreach (var timer in batch.TimersReplaced)
        {
            if (timers.TryGetValue(timer, out var id))
            {
                Remove(id);
            }
        }

        foreach (var row in batch.Mail)
        {
            mail.Add(row.Id, row);
            byDue.Add(MailPlace.Of(row), row);
            if (row.TimerName is { } name)
            {
                timers.Add(new TimerKey(row.To, name), row.Id);
            }
        }

        return tables with
        {
            Mail = mail.ToImmutable(),
            MailByDue = byDue.ToImmutable(),
            Timers = timers.ToImmutable(),
            Parked = parked.ToImmutable(),
        };
    }

    private static MemoryTables Claims(MemoryTables tables, CommitBatch batch)
    {
        var claims = tables.Claims.ToBuilder();
        foreach (var claim in batch.Claims)
        {
            claims.TryAdd((claim.Space, claim.Value), claim);
        }

        foreach (var release in batch.Releases)
        {
            if (claims.TryGetValue((release.Space, release.Value), out var held) && held.Entity == release.Entity)
            {
                claims.Remove((release.Space, release.Value));
            }
        }

        return tables with { Claims = claims.ToImmutable() };
    }

    private static (MemoryTables After, CommitResult? Poison) Events(MemoryTables tables, CommitBatch batch)
    {
        var events = tables.Events.ToBuilder();
        var journal = tables.Journal.ToBuilder();
        foreach (var row in batch.Events)
        {
            var own = events.GetValueOrDefault(row.Entity, []);
            var shard = journal.GetValueOrDefault(row.Shard, []);
            if ((own.IsEmpty ? 0 : own[^1].Sequence) >= row.Sequence || (!shard.IsEmpty && shard[^1].Position >= row.Position))
            {
                return (tables, new CommitResult.Poisoned(
                    "23505", $"event {row.Sequence} of {row.Entity} or position {row.Position} of shard {row.Shard} exists"));
            }

            events[row.Entity] = own.Add(row);
            journal[row.Shard] = shard.Add(row);
        }

        var entities = tables.Entities.ToBuilder();
        foreach (var born in batch.EntitiesBorn)
        {
            entities[born.Entity] = new EntityState(born.Shard, born.At, null);
        }

        foreach (var ended in batch.EntitiesEnded)
        {
            if (entities.TryGetValue(ended.Entity, out var entity))
            {
                entities[ended.Entity] = entity with { EndedAt = ended.At };
            }
        }

        return (tables with
        {
            Events = events.ToImmutable(),
            Journal = journal.ToImmutable(),
            Entities = entities.ToImmutable(),
        }, null);
    }

    private static (MemoryTables After, CommitResult? Poison) Views(MemoryTables tables, CommitBatch batch)
    {
        var views = tables.Views.ToBuilder();
        foreach (var group in batch.Views.GroupBy(op => op.View.Name))
        {
            if (!views.TryGetValue(group.Key, out var present))
            {
                return (tables, new CommitResult.Poisoned("42P01", $"view {group.Key} was not declared to the store"));
            }

            var rows = present.ToBuilder();
            foreach (var op in group)
            {
                var held = rows.GetValueOrDefault(op.Key);
                var isForeign = held is not null && held.Entity != op.Entity;
                if (op.IsDelete)
                {
                    if (!isForeign)
                    {
                        rows.Remove(op.Key);
                    }
                }
                else if (isForeign || held?.Revision > op.Revision)
                {
                    return (tables, new CommitResult.Poisoned(
                        "AF003", $"row {op.Key} of view {group.Key} belongs to {held!.Entity} at {held.Revision}, not to {op.Entity}"));
                }
                else
                {
                    rows[op.Key] = new ViewCell(op.Entity, op.Revision, op.Columns!, op.Document!);
                }
            }

            views[group.Key] = rows.ToImmutable();
        }

        return (tables with { Views = views.ToImmutable() }, null);
    }
}
