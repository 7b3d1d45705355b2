using System.Collections.Immutable;

namespace Gantry.Actors.Kernel;

/// <summary>
/// Keeps mail in order whatever happens to doorbells: per shard live, scanning or held; the store is the buffer (engine 4.5). One scan
/// is out at a time.
/// </summary>
internal sealed class ScanDesk(LaneContext lane, MailDesk mail)
{
    private static readonly TimeSpan RetryAfterFailure = TimeSpan.FromMilliseconds(200);

    private readonly HashSet<LaneShard> _dirty = [];
    private readonly List<LaneShard> _shards = [];
    private readonly List<LaneShard> _asked = [];
    private long _scan;
    private long _beganAtStep;
    private DateTimeOffset _nextCheck;
    private DateTimeOffset _dueBefore;

    public DateTimeOffset NextCheck => _asked.Count > 0 ? DateTimeOffset.MaxValue : _nextCheck;

    /// <summary>No shard waits for a scan.</summary>
    public bool IsQuiet => _dirty.Count == 0 && _asked.Count == 0;

    public void Gain(LaneShard shard)
    {
        shard.Mail.Phase = MailPhase.Scanning;
        _dirty.Add(shard);
        _shards.Add(shard);
    }

    public void Drop(LaneShard shard)
    {
        _dirty.Remove(shard);
        _shards.Remove(shard);

        // A scan that is out says nothing about a shard that comes back meanwhile, and the doorbells kept for the old one are void.
        _asked.Remove(shard);
    }

    /// <summary>A batch failed: timers that it had taken out of hand may be in force again, so look soon.</summary>
    public void CheckNow() => _nextCheck = lane.Now;

    public void Ring(Doorbell bell, Batch open)
    {
        if (!lane.Shards.TryGetValue(bell.Target, out var shard) || shard.IsYielding)
        {
            return;
        }

        foreach (var delayed in bell.Mail)
        {
            if (delayed.DueAt is not null && !IsReplaced(delayed.TimerName, delayed.To, open))
            {
                mail.Take(delayed, open);
            }
        }

        if (bell.Last != 0)
        {
            RingOrdered(shard, bell, open);
        }
    }

    /// <summary>Asks for a scan: of the shards that need one at once, and of all every 2 s.</summary>
    public void Flush()
    {
        foreach (var shard in _shards)
        {
            if (shard.Mail is { Phase: MailPhase.Held, InHand: < LaneLimits.MailLowMark, Bytes: < LaneLimits.ShardBytesMax / 2 })
            {
                Rescan(shard);
            }
        }

        if (_asked.Count > 0)
        {
            return;
        }

        var isCheck = lane.Now >= _nextCheck;
        if (isCheck)
        {
            // Also when no shard is to be asked for: a check that stays due would turn the lane without end.
            _nextCheck = lane.Now + LaneLimits.ScanEvery;
        }

        _asked.AddRange(isCheck ? _shards.Where(s => s.Mail.Phase != MailPhase.Held) : _dirty);
        if (_asked.Count == 0)
        {
            return;
        }

        _dirty.Clear();
        _beganAtStep = lane.Step;
        _nextCheck = lane.Now + LaneLimits.ScanEvery;
        _dueBefore = lane.Now + LaneLimits.TimerHorizon;
        Ask(after: null);
    }

    // A scan is read in pages by keyset until one is short (engine 4.5).
    private void Ask(MailCursor? after) => lane.Emit(
        new LaneOutput.ScanMail(++_scan, [.. _asked.Select(s => s.Id)], _dueBefore, LaneLimits.ScanPage) { After = after });

    public void Found(LaneEvent.MailFound found, Batch open)
    {
        if (found.Scan != _scan || _asked.Count == 0)
        {
            return;
        }

        foreach (var row in found.Mail)
        {
            if (lane.Shards.TryGetValue(row.ToShard, out var shard))
            {
                Take(row, shard, open);
                if (row.DueAt is null && shard.Mail.Phase == MailPhase.Scanning)
                {
                    See(shard.Mail, row.Id.SourceShard, row.Id.SourcePosition);
                }
            }
        }

        if (found.IsFull)
        {
            _asked.RemoveAll(s => s.Mail.Phase == MailPhase.Held || s.IsYielding);
            if (_asked.Count > 0)
            {
                var last = found.Mail[^1];
                Ask(new MailCursor(last.DueAt ?? DateTimeOffset.MinValue, last.Id));
                return;
            }
        }

        var asked = _asked.ToList();
        _asked.Clear();
        foreach (var shard in asked.Where(s => s.Mail.Phase == MailPhase.Scanning && !_dirty.Contains(s)))
        {
            Finish(shard, open);
        }
    }

    /// <summary>Messages came back into the store behind our back: look at the whole shard again.</summary>
    public void Restored(ShardId id)
    {
        if (lane.Shards.TryGetValue(id, out var shard) && shard is { IsYielding: false, Mail.Phase: not MailPhase.Held })
        {
            Rescan(shard);
        }
    }

    public void Failed(LaneEvent.ScanFailed failed)
    {
        if (failed.Scan == _scan)
        {
            // Whoever was being scanned is part of the next look at all shards, which is a whole scan.
            _nextCheck = lane.Now + RetryAfterFailure;

            _asked.Clear();
            lane.Note(LaneNote.StoreUnavailable, null, $"scan for mail: {failed.Why}");
        }
    }

    private void RingOrdered(LaneShard shard, Doorbell bell, Batch open)
    {
        var state = shard.Mail;
        switch (state.Phase)
        {
            case MailPhase.Live when IsNext(shard, bell):
                state.Seen[bell.Source.Value] = bell.Last;
                TakeAll(bell, open);
                HoldIfFull(shard);
                break;
            case MailPhase.Live when state.Seen.GetValueOrDefault(bell.Source.Value) >= bell.Last:
                break;
            case MailPhase.Live:
                Rescan(shard);
                Keep(state, bell);
                break;
            case MailPhase.Scanning:
                Keep(state, bell);
                break;
            default:
                // Held: the store keeps it.
                break;
        }
    }

    // An unknown source may have had an owner before, whose last mail nobody told us of; unless we have owned it since before our last scan.
    private bool IsNext(LaneShard shard, Doorbell bell) =>
        (shard.Mail.Seen.TryGetValue(bell.Source.Value, out var seen)
            ? seen == bell.Previous
            : bell.Previous == 0
                && lane.Shards.TryGetValue(bell.Source, out var source)
                && source.GainedAtStep < shard.Mail.ScannedAtStep)
        || lane.Lacks(KernelMutations.NoPrevious);

    private void Keep(ShardMail state, Doorbell bell)
    {
        if (state.Kept.Count < LaneLimits.KeptDoorbellsMax)
        {
            state.Kept.Add((lane.Step, bell));
        }
        else
        {
            state.IsDirty = true;
        }
    }

    private void Take(FoundMail row, LaneShard shard, Batch open)
    {
        if (mail.Knows(row.Id) || shard.Mail.Phase == MailPhase.Held || IsReplaced(row.TimerName, row.To, open))
        {
            return;
        }

        if (row.DueAt is not null || ActivityDesk.IsFor(row.To))
        {
            mail.Take(row, open);
        }
        else if (shard.Mail.Phase == MailPhase.Live)
        {
            // A doorbell was lost, or is still on its way: either way the order is only certain after a whole scan.
            Rescan(shard);
        }
        else if (!_dirty.Contains(shard))
        {
            // Only into a shard that was scanning when this scan began: one that began to while its rows are looked at would get the
            // second of two messages without the first.
            mail.Take(row, open);
            HoldIfFull(shard);
        }
    }

    // A timer that an uncommitted decision replaces or cancels is still in the store, and must not come back into hand.
    private bool IsReplaced(string? timer, EntityAddress entity, Batch open) =>
        timer is not null
        && !lane.Lacks(KernelMutations.NoTimerOut)
        && (open.TimersReplaced.Contains((entity, timer)) || InFlight?.TimersReplaced.Contains((entity, timer)) == true);

    /// <summary>The batch whose answer is awaited.</summary>
    public Batch? InFlight { get; set; }

    private void Finish(LaneShard shard, Batch open)
    {
        var state = shard.Mail;
        state.ScannedAtStep = _beganAtStep;
        foreach (var (_, bell) in state.Kept.Where(k => k.Step < _beganAtStep))
        {
            See(state, bell.Source.Value, bell.Last);
        }

        var later = state.Kept.Where(k => k.Step >= _beganAtStep).Select(k => k.Bell).ToList();
        state.Kept.Clear();
        state.Phase = MailPhase.Live;
        if (state.IsDirty)
        {
            state.IsDirty = false;
            Rescan(shard);
        }

        foreach (var bell in later)
        {
            RingOrdered(shard, bell, open);
        }
    }

    private void TakeAll(Doorbell bell, Batch open)
    {
        foreach (var message in bell.Mail)
        {
            if (message.DueAt is null)
            {
                mail.Take(message, open);
            }
        }
    }

    private void Rescan(LaneShard shard)
    {
        shard.Mail.Phase = MailPhase.Scanning;
        _dirty.Add(shard);
    }

    private void HoldIfFull(LaneShard shard)
    {
        if (shard.Mail.InHand >= LaneLimits.MailHighMark || shard.Mail.Bytes >= LaneLimits.ShardBytesMax)
        {
            shard.Mail.Phase = MailPhase.Held;
            shard.Mail.Kept.Clear();
            _dirty.Remove(shard);
        }
    }

    private static void See(ShardMail state, int source, long position)
    {
        if (state.Seen.GetValueOrDefault(source) < position)
        {
            state.Seen[source] = position;
        }
    }
}
