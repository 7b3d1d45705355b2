using System.Collections.Immutable;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Simulation.TrustQuorum;

/// <summary>The rack's record and its rules (tq 5.2 to 5.6) as a plain model: proposals, T1 to T9, the reports of the driver.</summary>
internal sealed class TqNexus(TqMutant mutant, RackId rack, bool hasLrtq)
{
    private readonly List<TqRecord> _records = [];

    public IReadOnlyList<TqRecord> Records => _records;

    public TqRecord? Latest => _records.Count == 0 ? null : _records[^1];

    /// <summary>Sleds that were members once and no longer are.</summary>
    public HashSet<BaseboardId> Removed { get; } = [];

    public TqRecord? Find(ulong? epoch)
    {
        for (var i = _records.Count - 1; i >= 0; i--)
        {
            if (_records[i].Epoch == epoch)
            {
                return _records[i];
            }
        }

        return null;
    }

    /// <summary>What a new configuration would build on; false when none may be proposed now.</summary>
    public bool TryBase(out TqRecord? basis)
    {
        basis = null;
        switch (Latest)
        {
            case null:
                return true;
            case { State: TqRecordState.Preparing }:
                return false;
            case { State: TqRecordState.Aborted } aborted:
                basis = Find(aborted.LastCommitted);
                break;
            case var latest:
                basis = latest;
                break;
        }

        return basis is not { State: TqRecordState.Committing } || basis.Committed.Count >= basis.Needed || mutant.ProposesEarly;
    }

    /// <summary>T2 to T5.</summary>
    public TqRecord Propose(TqRecord? basis, ImmutableArray<BaseboardId> members, BaseboardId coordinator, TqDice dice)
    {
        if (basis is { State: TqRecordState.Committing })
        {
            TqViolation.Unless(basis.Committed.Count >= basis.Needed, "S5", $"{basis} is built on before K+Z members committed it");
            basis.State = TqRecordState.CommittedPartially;
        }

        var (threshold, tolerance) = Sizes(members.Length, dice);
        var next = (Latest?.Epoch ?? (hasLrtq ? 1UL : 0UL)) + 1;
        if (mutant.ReusesEpoch && Latest is { State: TqRecordState.Aborted } aborted)
        {
            next = aborted.Epoch;
        }

        TqViolation.Unless(members.Contains(coordinator), "S6", $"coordinator {coordinator} of {next} is no member");
        TqViolation.Unless(basis is null || basis.Committed.Contains(coordinator), "S6", $"coordinator {coordinator} has not committed {basis}");
        var record = new TqRecord
        {
            Epoch = next,
            LastCommitted = basis?.Epoch,
            Threshold = threshold,
            Tolerance = tolerance,
            Coordinator = coordinator,
            Members = [.. members.Order()],
            IsUpgrade = hasLrtq && basis is null,
        };
        _records.Add(record);
        return record;
    }

    /// <summary>T6 [H10]; true when it put the configuration in force.</summary>
    public void TakePrepareStatus(ulong epoch, TqCoordinatorStatus status)
    {
        if (Latest is not { State: TqRecordState.Preparing } record || record.Epoch != epoch || !Matches(record, status.Config))
        {
            return;
        }

        // Digests and secrets are each taken once (tq 5.5).
        record.Config = record.Config is { } known
            ? known with { EncryptedRackSecrets = known.EncryptedRackSecrets ?? status.Config.EncryptedRackSecrets }
            : status.Config;
        foreach (var member in status.AckedPrepares)
        {
            record.Prepared.Add(member);
        }

        if (record.Prepared.Count >= (mutant.CommitsBelowTolerance ? 1 : record.Needed))
        {
            record.State = TqRecordState.Committing;
            TqViolation.Unless(record.Prepared.Count >= record.Needed, "S7", $"{record} is in force with too few prepared members");
            foreach (var former in Find(record.LastCommitted)?.Members ?? [])
            {
                if (!record.Members.Contains(former))
                {
                    Removed.Add(former);
                }
            }
        }
    }

    /// <summary>T7.</summary>
    public void TakeCommitted(ulong epoch, BaseboardId member)
    {
        if (Latest is not { State: TqRecordState.Committing } record || record.Epoch != epoch)
        {
            return;
        }

        record.Committed.Add(member);
        if (record.Committed.Count == record.Members.Length)
        {
            record.State = TqRecordState.Committed;
        }
    }

    /// <summary>T8.</summary>
    public bool Abort()
    {
        if (Latest is not { State: TqRecordState.Preparing } record)
        {
            return false;
        }

        record.State = TqRecordState.Aborted;
        return true;
    }

    /// <summary>The configuration as it is sent to members that missed their prepare [H2].</summary>
    public TqConfiguration ConfigOf(TqRecord record) => mutant.SendsStaleSecrets
        ? record.Config! with { EncryptedRackSecrets = null } // in force, so reported
        : record.Config!;

    public ReconfigureMsg MessageOf(TqRecord record) => new()
    {
        RackId = rack,
        Epoch = record.Epoch,
        LastCommittedEpoch = record.LastCommitted,
        Members = record.Members,
        Threshold = (byte)record.Threshold,
    };

    public LrtqUpgradeMsg UpgradeOf(TqRecord record) => new()
    {
        RackId = rack, Epoch = record.Epoch, Members = record.Members, Threshold = (byte)record.Threshold,
    };

    private static (int Threshold, int Tolerance) Sizes(int members, TqDice dice)
    {
        if (dice.OneIn(2))
        {
            return (QuorumSizes.Threshold(members), QuorumSizes.CommitCrashTolerance(members));
        }

        // The source's own test draws K at random and takes Z from what is left.
        var threshold = Math.Max(2, 1 + dice.Next(members - 1));
        var tolerance = (members - threshold) switch
        {
            <= 1 => 0,
            <= 4 => 1,
            <= 7 => 2,
            _ => 3,
        };
        return (threshold, tolerance);
    }

    private bool Matches(TqRecord record, TqConfiguration config)
    {
        var isAsked = config.RackId == rack
            && config.Epoch == record.Epoch
            && config.Threshold == record.Threshold
            && config.Coordinator == record.Coordinator
            && config.Members.Select(m => m.Id).SequenceEqual(record.Members);

        // A coordinator that began anew made other shares: what was recorded of the first ones must not be mixed with them.
        return isAsked
            && (record.Config is not { } known || mutant.TakesChangedDigests || known.Members.AsSpan().SequenceEqual(config.Members.AsSpan()));
    }
}
