using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Gantry.TrustQuorum;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Simulation.TrustQuorum;

/// <summary>The half of the world that asks: rack setup, operators, the driver, and what must be so in the end.</summary>
internal sealed partial class TqWorld
{
    private const int ReadsKept = 3;

    private readonly List<TqCommand> _reports = [];
    private readonly List<TqRecord> _reads = [];

    // Rack setup forms the first quorum while nothing fails, and hands it over (tq 7.4, T1). An older rack has none yet.
    private void Found(int first, bool hasLrtq)
    {
        var down = hasLrtq ? 0 : _dice.Next(Math.Min(5, _sleds.Length - first + 1));
        for (var i = 0; i < _sleds.Length - down; i++)
        {
            Start(_sleds[i]);
        }

        if (hasLrtq)
        {
            return;
        }

        _isCalm = true;
        var members = _sleds.Take(first).Select(s => s.Id).ToImmutableArray();
        var setup = _sleds[_dice.Next(first)];
        Turn(setup, n => n.Reconfigure(new ReconfigureMsg { RackId = Rack, Epoch = 1, Members = members, Threshold = (byte)QuorumSizes.Threshold(first) }));
        DeliverAll();
        foreach (var member in members)
        {
            Turn(Of(member), n => n.Commit(Rack, 1));
        }

        Control.Ask(new TqCommand.Create(new RackCreated(members, setup.Id)));
        _isCalm = false;
    }

    // S3, S13: what the record believes of a sled is on that sled's drive.
    private void CheckReport(TqEvent fact)
    {
        Coverage?.Add($"fact {fact.GetType().Name}");
        switch (fact)
        {
            case MembersPrepared prepared:
                foreach (var id in prepared.Sleds)
                {
                    TqViolation.Unless(Of(id).Disk.IsPrepared((ulong)prepared.Epoch), "S3", $"{id} counts as prepared for {prepared.Epoch} and is not");
                }

                break;
            case MembersCommitted committed:
                foreach (var id in committed.Sleds)
                {
                    TqViolation.Unless(Of(id).Disk.Commits.Contains((ulong)committed.Epoch), "S3", $"{id} counts as committed for {committed.Epoch} and is not");
                }

                break;
            default:
                break;
        }
    }

    private bool Accepted(TqCommand command) => Ask(command) is Reply.Accepted;

    private Reply Ask(TqCommand command) => Counted(Control.Ask(command));

    private bool Proposed(ProposeCommand command, (int Threshold, int Tolerance)? sizes) => Counted(Control.Propose(command, sizes)) is Reply.Accepted;

    private Reply Counted(Reply reply)
    {
        if (reply is Reply.Refused refused)
        {
            Coverage?.Add($"refusal {refused.Why.Code}");
        }

        return reply;
    }

    // What a driver works on: what it read, which another driver may have made old since.
    private TqRecord? Newest() => _reads.Count > 0 && _dice.OneIn(4) ? _reads[_dice.Next(_reads.Count)] : Control.Latest;

    private bool Read()
    {
        if (Control.Latest is not { IsActive: true } latest)
        {
            return false;
        }

        if (_reads.Count == ReadsKept)
        {
            _reads.RemoveAt(0);
        }

        _reads.Add(latest);
        return true;
    }

    // Asks the coordinator; its answer reaches the record later, or in another order, or after somebody else's.
    private bool Poll()
    {
        if (Newest() is not { IsPreparing: true } record)
        {
            return false;
        }

        if (Of(record.Coordinator) is not { IsUp: true } sled)
        {
            // The operator does not wait for a dead coordinator for ever.
            return _dice.OneIn(2) && ReferenceEquals(record, Control.Latest) && Accepted(new AbortLatest("the coordinator is down"));
        }

        if (PreparePlan.Report(record, sled.Node!.CoordinatorStatus) is { } report) // it is up
        {
            _reports.Add(report);
        }

        return true;
    }

    private bool Commit()
    {
        if (Newest() is not { State: TqStates.Committing } record || Config(record) is not { } config)
        {
            return false;
        }

        var operations = CommitPlan.Operations(record);
        if (operations.IsEmpty || operations[_dice.Next(operations.Length)] is var operation && !Of(operation.Member).IsUp)
        {
            return false;
        }

        Carry(operation, config, () => _reports.Add(new RecordCommit(record.Epoch, [operation.Member])));
        return true;
    }

    // One whole pass of the driver (tq 6.2 to 6.5) over what it read, with nothing in between.
    private bool Pass(TqRecord? record)
    {
        if (record is { IsPreparing: true })
        {
            if (Of(record.Coordinator) is not { IsUp: true } sled
                || PreparePlan.Report(record, sled.Node!.CoordinatorStatus) is not { } report // it is up
                || Ask(report) is not Reply.Accepted { Value: RecordedReply { State: TqStates.Committing } })
            {
                return true;
            }

            // Re-read (H2).
            record = Control.Find((ulong)record.Epoch);
        }

        return record is { State: TqStates.Committing } && Config(record) is { } config && CommitAll(record, config);
    }

    private bool CommitAll(TqRecord record, TqConfiguration config)
    {
        var operations = CommitPlan.Operations(record);
        var clients = record.Members.Select(m => Of(m.Id)).Where(s => s.IsUp).OrderBy(_ => _dice.Next(1 << 20))
            .Take(Math.Min(TrustQuorumLimits.ClientsMax, operations.Length)).ToList();
        if (clients.Count == 0)
        {
            return false;
        }

        var acked = ImmutableArray.CreateBuilder<BaseboardId>();
        foreach (var (client, share) in clients.Zip(CommitPlan.Share(operations, clients.Count)))
        {
            foreach (var operation in share)
            {
                // Passed on through the client's session, unless it is the member itself.
                var to = Of(operation.Member);
                if (client.IsUp && to.IsUp && (to == client || _isLinked[client.Index, to.Index]))
                {
                    Carry(operation, config, () => acked.Add(operation.Member));
                }
            }
        }

        return acked.Count == 0 || Accepted(new RecordCommit(record.Epoch, acked.ToImmutable())) || true;
    }

    private void Carry(CommitOperation operation, TqConfiguration config, Action acked)
    {
        TqCommitResult result = default;
        Turn(
            Of(operation.Member),
            n => result = operation.IsPrepared ? n.Commit(Rack, config.Epoch) : n.PrepareAndCommit(config),
            () =>
            {
                if (result is { Error: null, Status: TqCommitStatus.Committed })
                {
                    acked();
                }
            });
    }

    private TqConfiguration? Config(TqRecord record) =>
        CommitPlan.Configuration(record) is not { } config ? null : _mutant.SendsStaleSecrets ? config with { EncryptedRackSecrets = null } : config;

    private bool CommitAnyone()
    {
        if (Control.Latest is not { } record || !Control.IsDecided((ulong)record.Epoch)
            || Random(s => s.IsUp && record.Find(s.Id) is not null) is not { } sled)
        {
            return false;
        }

        return Turn(sled, n => n.Commit(Rack, (ulong)record.Epoch));
    }

    private bool DeliverReport(int at)
    {
        if (at < 0)
        {
            return false;
        }

        var report = _reports[at];
        if (!_dice.OneIn(8))
        {
            _reports.RemoveAt(at); // else it comes a second time
        }

        Ask(report);
        return true;
    }

    private bool Reconfigure()
    {
        var isProposed = Propose();
        if (isProposed && !_dice.OneIn(4))
        {
            Call(Control.Latest!.Epoch); // just proposed
        }

        return isProposed;
    }

    private bool Propose()
    {
        var sizes = _dice.OneIn(2) ? ((int, int)?)null : OlderSizes(3 + _dice.Next(3));
        var facts = new ProposalFacts
        {
            Draw = _dice.Next(int.MaxValue),
            Epoch = _dice.OneIn(6) ? Control.Latest?.Epoch : null, // computed from a record that is old by now: must be refused
            Answering = _dice.OneIn(2) ? [.. _sleds.Where(s => s.IsUp).Select(s => s.Id)] : [],
        };
        if (Control.Footing is not { } footing)
        {
            return Control.HasLrtq && Proposed(new UpgradeLrtq(Older(), facts with { Epoch = null }), Fit(sizes, Older().Length));
        }

        var members = footing.Members.Length;
        return _dice.Next(4) switch
        {
            0 when members > QuorumSizes.MembersMin => Proposed(
                new RemoveSled(footing.Members[_dice.Next(members)].Id, facts), Fit(sizes, members - 1)),
            1 when !IsAtWork(Control.Latest!) || _dice.OneIn(8) => Proposed(new RecoverQuorum(facts), sizes: null), // there is a footing, so a record
            _ => Fresh(footing) is var fresh && Proposed(new AddSleds(fresh, facts), Fit(sizes, members + fresh.Length)),
        };
    }

    private bool IsAtWork(TqRecord record) =>
        record.IsPreparing && Of(record.Coordinator).Node?.CoordinatorStatus?.Config.Epoch == (ulong)record.Epoch;

    private ImmutableArray<BaseboardId> Older() => [.. _sleds.Where(s => s.Disk.Lrtq is not null).Select(s => s.Id)];

    // A removed sled may only return after a factory reset, so it does not.
    private ImmutableArray<BaseboardId> Fresh(TqRecord footing)
    {
        var fresh = ImmutableArray.CreateBuilder<BaseboardId>();
        for (var i = _dice.Next(5); i > 0 && footing.Members.Length + fresh.Count < _membersMax; i--)
        {
            if (Random(s => footing.Find(s.Id) is null && !fresh.Contains(s.Id) && !Control.Veterans.Contains(s.Id)) is { } sled)
            {
                fresh.Add(sled.Id);
            }
        }

        return fresh.ToImmutable();
    }

    // The source's own test draws K at random and takes Z from what is left.
    private (int Threshold, int Tolerance)? OlderSizes(int members) => (Math.Max(2, 1 + _dice.Next(members - 1)), 0);

    private static (int Threshold, int Tolerance)? Fit((int Threshold, int Tolerance)? sizes, int members)
    {
        if (sizes is not { } some || members < QuorumSizes.MembersMin)
        {
            return null;
        }

        var threshold = Math.Min(some.Threshold, members - 1);
        return (threshold, (members - threshold) switch { <= 1 => 0, <= 4 => 1, <= 7 => 2, _ => 3 });
    }

    // The one call to a coordinator: late, lost, or sent a second time when the process that made it died.
    private bool DeliverCall()
    {
        if (Control.Calls.Count == 0)
        {
            return false;
        }

        var at = _dice.Next(Control.Calls.Count);
        var epoch = Control.Calls[at];
        if (!_dice.OneIn(4))
        {
            Control.Calls.RemoveAt(at);
        }

        Call(epoch);
        return true;
    }

    private void Call(long epoch)
    {
        if (Control.Find((ulong)epoch) is not { IsPreparing: true } record)
        {
            return;
        }

        var sled = Of(record.Coordinator);
        TqError? error = null;
        var isAnswered = false;
        if (sled.IsUp)
        {
            Turn(
                sled,
                n => error = record.State == TqStates.PreparingLrtqUpgrade
                    ? n.UpgradeFromLrtq(PreparePlan.Upgrade(record))
                    : n.Reconfigure(PreparePlan.Reconfigure(record)),
                () => isAnswered = true);
        }

        Coverage?.Add($"call {(sled.IsUp ? error?.Code.ToString() ?? "taken" : "down")}");
        Control.Ask(new TqCommand.CoordinatorReplied(
            TqDecider.CallToken(Rack, epoch),
            isAnswered && error is null
                ? new Reply.Accepted(Done.Instance)
                : new Reply.Refused(TrustQuorumErrors.CoordinatorSilent(record.Coordinator, epoch, error?.Message ?? "no answer"))));
    }

    // What the driver does, and what an operator does when a coordinator lost its state or began anew with other shares.
    private void Drive()
    {
        _reports.Clear();
        _reads.Clear();
        switch (Control.Latest)
        {
            case null:
                TqViolation.Unless(Accepted(new UpgradeLrtq(Older(), new ProposalFacts { Draw = 1 })), "V3", "an older rack cannot be upgraded");
                break;
            case { IsPreparing: true } record when IsAtWork(record):
                DeliverAll();
                CheckPrepared(record);
                Pass(record);
                if (Control.Latest is { IsPreparing: true })
                {
                    Recover();
                }

                break;
            case { IsPreparing: true } or { State: TqStates.Aborted }:
                Recover();
                break;
            case { State: TqStates.Committing } record:
                Pass(record);
                break;
            default:
                break;
        }

        foreach (var epoch in Control.Calls.ToList())
        {
            Call(epoch);
        }

        Control.Calls.Clear();
    }

    // V3: the same members again at the next epoch.
    private void Recover()
    {
        var reply = Ask(new RecoverQuorum(new ProposalFacts { Draw = 1 }));
        TqViolation.Unless(
            reply is Reply.Accepted || Control.Latest is not { IsPreparing: true },
            "V3",
            $"{TqControl.Text(Control.Latest)} cannot be recovered: {reply}");
        if (reply is not Reply.Accepted)
        {
            // The record below still lacks commits of members that catch up by themselves: everybody else goes on with it.
            throw new TqViolation("V3", $"{TqControl.Text(Control.Latest)} cannot be tried again: {reply}");
        }
    }

    // V2: with all links up and all messages delivered, all members of a live coordinator are prepared.
    private void CheckPrepared(TqRecord record)
    {
        var status = Of(record.Coordinator).Node!.CoordinatorStatus; // all are up
        TqViolation.Unless(
            status is null || status.AckedPrepares.Length == record.Members.Length,
            "V2",
            $"{TqControl.Text(record)} has a live coordinator and {status?.AckedPrepares.Length} prepared members");
    }

    private bool IsSettled() =>
        Control.Latest is { IsCommitted: true } record && record.Members.All(m => Of(m.Id).Disk.LatestCommit == (ulong)record.Epoch);

    // V1, V4, S11, S12: every member has every secret of the lineage, and all have the same.
    private void CheckSecrets()
    {
        var record = Control.Latest!; // settled
        foreach (var member in record.Members)
        {
            var sled = Of(member.Id);
            TqViolation.Unless(sled.Node!.CoordinatedEpoch is null, "V1", $"{sled} still coordinates"); // all are up
            LoadAt(sled, (ulong)record.Epoch);
        }

        DeliverAll();
        foreach (var member in record.Members)
        {
            for (var epoch = record; epoch is not null; epoch = Control.Find((ulong?)epoch.LastCommittedEpoch))
            {
                TqViolation.Unless(LoadAt(Of(member.Id), (ulong)epoch.Epoch), "S12", $"{Of(member.Id)} cannot load epoch {epoch.Epoch} of the lineage");
            }

            TqViolation.Unless(
                !Control.HasLrtq || LoadAt(Of(member.Id), LrtqShareData.Epoch), "S12", $"{Of(member.Id)} cannot load the older scheme's secret");
        }

        foreach (var sled in _sleds)
        {
            TqViolation.Unless(
                !Control.Removed.Contains(sled.Id)
                || sled.Disk.Expunged is not null
                || sled.Disk.CommittedConfig is null
                || sled.Disk.CommittedConfig.Has(sled.Id),
                "S10",
                $"{sled} was removed and does not know");
        }
    }
}
