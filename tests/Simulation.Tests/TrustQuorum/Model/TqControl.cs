using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Gantry.TrustQuorum;

namespace Gantry.Simulation.TrustQuorum;

/// <summary>
/// The control plane of a simulated rack: the product's decider with its state and its rows, without the engine around it. What it decides is
/// checked against S5 to S7 and the invariants of tq 5.1, from numbers kept here and not by the code under test.
/// </summary>
internal sealed class TqControl(TqMutant mutant, RackId rack, bool hasLrtq)
{
    private static readonly Principal Operator = new(PrincipalKind.User, "operator", "admin");
    private static readonly CommandKey Key = new("key");

    private readonly EntityAddress _self = Addresses.TqConfig(rack);
    private readonly Dictionary<long, TqRecord> _rows = [];
    private readonly Dictionary<long, int> _needed = [];
    private readonly HashSet<long> _decided = [];
    private TqState _state = TqDecider.Initial;
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

    /// <summary>The newest record.</summary>
    public TqRecord? Latest => _state.Latest;

    /// <summary>What the next add or remove starts from.</summary>
    public TqRecord? Footing => _state.Footing;

    /// <summary>Sleds that were members once and no longer are.</summary>
    public HashSet<BaseboardId> Removed { get; } = [];

    /// <summary>Every sled that ever was in a configuration in force.</summary>
    public HashSet<BaseboardId> Veterans { get; } = [];

    /// <summary>Calls to coordinators on their way, by epoch.</summary>
    public List<long> Calls { get; } = [];

    /// <summary>Told what each accepted report added, before it is believed (S3, S13).</summary>
    public Action<TqEvent>? OnFact { get; set; }

    public bool HasLrtq => hasLrtq;

    public TqRecord? Find(ulong? epoch) => epoch is { } e ? _rows.GetValueOrDefault((long)e) : null;

    /// <summary>Whether members may commit the epoch; the first one of a new rack is put in force by rack setup.</summary>
    public bool IsDecided(ulong epoch) => _decided.Contains((long)epoch) || (epoch == 1 && !hasLrtq);

    /// <summary>A command of an operator, of the driver, or an answer.</summary>
    public Reply Ask(TqCommand command)
    {
        _now += TimeSpan.FromMilliseconds(1);
        var before = _state;
        var decision = TqDecider.Decide(mutant.Before(_state, command), mutant.Sent(command, _state), new Turn(_self, _now.Ticks, _now, Key, Operator));
        TqViolation.Unless(decision.Reply is not Reply.Refused || (decision.Events.IsEmpty && decision.Effects.IsEmpty), "S7", "a refusal changes something");
        foreach (var fact in decision.Events)
        {
            Take(fact);
        }

        foreach (var effect in decision.Effects)
        {
            Calls.Add(((CoordinateInput)((Effect.Activity)effect).Input).Epoch); // the only effect there is
        }

        if (!ReferenceEquals(before, _state))
        {
            Check(before);
        }

        return decision.Reply;
    }

    /// <summary>A proposal with K and Z of an earlier release: decisions use what the record holds, never the table (tq 3).</summary>
    public Reply Propose(ProposeCommand command, (int Threshold, int Tolerance)? sizes)
    {
        _sizes = sizes;
        var reply = Ask(command);
        _sizes = null;
        return reply;
    }

    private (int Threshold, int Tolerance)? _sizes;

    private void Take(TqEvent fact)
    {
        OnFact?.Invoke(fact);
        var was = _state;
        var taken = fact is ConfigInserted inserted ? new ConfigInserted(Insert(inserted.Record)) : fact;
        _state = TqDecider.Apply(_state, taken);
        Row(_state.Base);
        Row(_state.Latest);
        if (taken is CommittingStarted started)
        {
            Decided(started.Epoch);
        }
        else if (taken is ConfigInserted { Record: { IsCommitted: true } handedOver })
        {
            Decided(handedOver.Epoch);
        }

        TqViolation.Unless(was.Latest is null || _state.Latest is not null, "S5", "the newest record is gone");
    }

    private TqRecord Insert(TqRecord record)
    {
        if (_sizes is var (threshold, tolerance) && !record.IsCommitted)
        {
            record = record with { Threshold = threshold, CommitCrashTolerance = tolerance };
        }

        _needed[record.Epoch] = record.Threshold + record.CommitCrashTolerance;
        record = mutant.Inserted(record, _state);
        CheckInserted(record);
        return record;
    }

    private void Row(TqRecord? record)
    {
        if (record is not null)
        {
            _rows[record.Epoch] = record;
        }
    }

    private void Decided(long epoch)
    {
        var record = _rows[epoch];
        _decided.Add(epoch);
        TqViolation.Unless(
            record.IsCommitted || record.PreparedCount >= _needed[epoch], "S7", $"{Text(record)} is in force with too few prepared members");
        foreach (var member in record.Members)
        {
            Veterans.Add(member.Id);
        }

        foreach (var veteran in Veterans)
        {
            if (record.Find(veteran) is null)
            {
                Removed.Add(veteran);
            }
        }
    }

    // S5, S6: epochs rise, the lineage is one line, the coordinator committed what is built on.
    private void CheckInserted(TqRecord record)
    {
        TqViolation.Unless(_state.Latest is null || record.Epoch > _state.Latest.Epoch, "S5", $"{Text(record)} does not follow {Text(_state.Latest)}");
        TqViolation.Unless(record.Find(record.Coordinator) is not null, "S6", $"the coordinator of {Text(record)} is no member");
        var newest = _decided.Count == 0 ? (long?)null : _decided.Max();
        TqViolation.Unless(record.LastCommittedEpoch == newest, "S5", $"{Text(record)} builds on {record.LastCommittedEpoch} and {newest} is in force");
        if (newest is { } under)
        {
            TqViolation.Unless(
                _rows[under].Find(record.Coordinator)?.State == TqMemberStates.Committed, "S6", $"the coordinator of {Text(record)} has not committed {under}");
            TqViolation.Unless(
                _rows[under].CommittedCount >= _needed[under], "S5", $"{Text(_rows[under])} is built on before K+Z members committed it");
        }
    }

    // What must hold of every record at rest (tq 5.1), and what may never be taken back.
    private void Check(TqState before)
    {
        foreach (var record in (ReadOnlySpan<TqRecord?>)[_state.Base, _state.Latest])
        {
            if (record is null)
            {
                continue;
            }

            TqViolation.Unless(record.TimeCommitted is null || record.TimeCommitting is not null, "S7", $"{Text(record)} committed before it was committing");
            TqViolation.Unless(record.TimeCommitting is null || record.TimeAborted is null, "S7", $"{Text(record)} is both in force and aborted");
            TqViolation.Unless(
                (record.State == TqStates.Aborted) == (record.TimeAborted is not null && record.AbortReason is not null), "S7", $"{Text(record)} is half aborted");
            foreach (var member in record.Members)
            {
                TqViolation.Unless(
                    (member.State == TqMemberStates.Committed) == (member.TimeCommitted is not null), "S7", $"{member.Id} of {Text(record)} is half committed");
            }
        }

        if (before.Latest is { } was && _state.Latest is { } now && was.Epoch == now.Epoch)
        {
            for (var i = 0; i < was.Members.Length; i++)
            {
                TqViolation.Unless(
                    was.Members[i].ShareDigest is null || was.Members[i].ShareDigest == now.Members[i].ShareDigest, "S1", $"{Text(now)} changed a digest");
                TqViolation.Unless(
                    was.Members[i].TimeCommitted is null || was.Members[i].TimeCommitted == now.Members[i].TimeCommitted, "S7", $"{Text(now)} moved a commit's time");
            }

            TqViolation.Unless(
                was.EncryptedRackSecrets is null || was.EncryptedRackSecrets == now.EncryptedRackSecrets, "S1", $"{Text(now)} changed its sealed secrets");
        }
    }

    public static string Text(TqRecord? r) => r is null
        ? "nothing"
        : $"epoch {r.Epoch} {r.State} K={r.Threshold} Z={r.CommitCrashTolerance} by {r.Coordinator.SerialNumber}"
            + $" of [{string.Join(' ', r.Members.Select(m => m.Id.SerialNumber))}] prepared {r.PreparedCount} committed {r.CommittedCount}";
}
