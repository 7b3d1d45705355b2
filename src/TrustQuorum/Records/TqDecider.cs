using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.TrustQuorum;

/// <summary>What may happen to a rack's configurations (trust-quorum 5.2). Proposals are in <see cref="TqProposals"/>, reports in <see cref="TqReports"/>.</summary>
internal sealed class TqDecider : IDecider<TqState, TqCommand, TqEvent>
{
    public static TqState Initial { get; } = new();

    public static Decision<TqEvent> Decide(TqState state, TqCommand command, in Turn turn) => command switch
    {
        TqCommand.Create create => Create(state, create.Rack, turn),
        ProposeCommand propose => TqProposals.Decide(state, propose, turn),
        AbortLatest abort => Abort(state, abort, turn),
        RecordPrepare prepare => TqReports.Prepare(state, prepare, turn),
        RecordCommit commit => TqReports.Commit(state, commit, turn),
        TqCommand.CoordinatorReplied replied => Replied(state, replied),
        TqCommand.Confirm when state.Latest is null => Decision.Refuse<TqEvent>(TrustQuorumErrors.NoQuorum(turn.Self.Key)),
        TqCommand.Confirm confirm => state.Holding(confirm.Wanted.Sled) is { } holding
            ? Decision.Refuse<TqEvent>(TrustQuorumErrors.SledIsMember(confirm.Wanted.Sled, holding.Epoch))
            : Decision.Unchanged<TqEvent>(),
        _ => throw Invariant.Unreachable($"tq-config has no command {command.GetType().Name}"),
    };

    public static TqState Apply(TqState state, TqEvent fact) => fact switch
    {
        ConfigInserted e => state with
        {
            Latest = e.Record,
            Base = state.InForce,
            Generation = state.Generation + 1,
        },
        MarkedCommittedPartially e => state.With(
            e.Epoch, r => r with { State = TqStates.CommittedPartially, TimeCommitted = e.At }),
        DigestsLearned e => state.With(e.Epoch, r => r with
        {
            Members = [.. r.Members.Select(m => e.Digests.FirstOrDefault(d => d.Sled == m.Id) is { } digest
                ? m with { ShareDigest = digest.ShareDigest }
                : m)],

            // Whoever has digests took the call, whatever its answer was or will be.
            CoordinatorCall = CoordinatorCalls.Taken,
            CoordinatorError = null,
        }),
        SecretsLearned e => state.With(e.Epoch, r => r with { EncryptedRackSecrets = e.Sealed }),
        MembersPrepared e => state.With(e.Epoch, r => TqState.Change(
            r, e.Sleds, m => m with { State = TqMemberStates.Prepared, TimePrepared = e.At })),
        CommittingStarted e => state.With(e.Epoch, r => r with { State = TqStates.Committing, TimeCommitting = e.At }),
        MembersCommitted e => state.With(e.Epoch, r => TqState.Change(
            r, e.Sleds, m => m with { State = TqMemberStates.Committed, TimeCommitted = e.At })),
        ConfigCommitted e => state.With(e.Epoch, r => r with { State = TqStates.Committed, TimeCommitted = e.At }),
        ConfigAborted e => state.With(
            e.Epoch,
            r => r with
            {
                State = TqStates.Aborted,
                TimeAborted = e.At,
                AbortReason = e.Reason,

                // Nobody is to wait for an answer that makes no difference any more.
                CoordinatorCall = r.CoordinatorCall == CoordinatorCalls.Out ? CoordinatorCalls.Failed : r.CoordinatorCall,
            }) with
        {
            Generation = state.Generation + 1,
        },
        CoordinatorAnswered e => state.With(e.Epoch, r => r with
        {
            CoordinatorCall = e.Why is null ? CoordinatorCalls.Taken : CoordinatorCalls.Failed,
            CoordinatorError = e.Why,
        }),
        _ => state,
    };

    /// <summary>The token under which the call to an epoch's coordinator runs: one per rack and epoch.</summary>
    public static string CallToken(RackId rack, long epoch) => $"{rack}-{epoch}";

    // T1: what rack setup hands over is in force already.
    private static Decision<TqEvent> Create(TqState state, RackCreated rack, in Turn turn)
    {
        var now = turn.Now;
        var members = rack.Members.Distinct().Order().ToImmutableArray();
        if (state.Latest is { } latest)
        {
            return latest is { Epoch: 1, IsCommitted: true } && latest.Coordinator == rack.Coordinator && latest.Members.Select(m => m.Id).SequenceEqual(members)
                ? Decision.Unchanged<TqEvent>()
                : Decision.Refuse<TqEvent>(TrustQuorumErrors.AlreadyFormed(turn.Self.Key, latest.Epoch));
        }

        if (members.Length is < QuorumSizes.MembersMin or > QuorumSizes.MembersMax)
        {
            return Decision.Refuse<TqEvent>(TrustQuorumErrors.WrongSize(members.Length));
        }

        if (!members.Contains(rack.Coordinator))
        {
            return Decision.Refuse<TqEvent>(TrustQuorumErrors.NotMember(rack.Coordinator, 1));
        }

        return Decision.Accept<TqEvent>(null, [new ConfigInserted(new TqRecord
        {
            Rack = RackId.From(Guid.Parse(turn.Self.Key)),
            Epoch = 1,
            State = TqStates.Committed,
            Threshold = QuorumSizes.Threshold(members.Length),
            CommitCrashTolerance = QuorumSizes.CommitCrashTolerance(members.Length),
            Coordinator = rack.Coordinator,
            Members = [.. members.Select(m => new TqMember
            {
                Id = m, State = TqMemberStates.Committed, TimePrepared = now, TimeCommitted = now,
            })],
            TimeCreated = now,
            TimeCommitting = now,
            TimeCommitted = now,
        })]);
    }

    // T8, T9.
    private static Decision<TqEvent> Abort(TqState state, AbortLatest abort, in Turn turn)
    {
        if (state.Latest is not { } latest)
        {
            return Decision.Refuse<TqEvent>(TrustQuorumErrors.NoRecord(turn.Self.Key));
        }

        if (abort.Epoch is { } epoch && epoch != latest.Epoch)
        {
            return Decision.Refuse<TqEvent>(TrustQuorumErrors.NotLatest(epoch, latest.Epoch));
        }

        if (latest.State == TqStates.Aborted)
        {
            return Decision.Unchanged<TqEvent>(new EpochReply(latest.Epoch));
        }

        var reason = abort.Reason.Length <= TrustQuorumLimits.AbortReasonMax ? abort.Reason : abort.Reason[..TrustQuorumLimits.AbortReasonMax];
        return latest.IsPreparing
            ? Decision.Accept<TqEvent>(
                new EpochReply(latest.Epoch),
                abort.Why is { } why && latest.CoordinatorCall == CoordinatorCalls.Out
                    ? [new CoordinatorAnswered(latest.Epoch, why), new ConfigAborted(latest.Epoch, reason, turn.Now)]
                    : [new ConfigAborted(latest.Epoch, reason, turn.Now)])
            : Decision.Refuse<TqEvent>(TrustQuorumErrors.NotAbortable(latest.Epoch, latest.State));
    }

    private static Decision<TqEvent> Replied(TqState state, TqCommand.CoordinatorReplied replied)
    {
        // A record that went on without the answer (given up, or the coordinator's digests came first) keeps what it knows.
        if (state.Latest is not { CoordinatorCall: CoordinatorCalls.Out } latest || replied.Token != CallToken(latest.Rack, latest.Epoch))
        {
            return Decision.Unchanged<TqEvent>();
        }

        return Decision.Accept<TqEvent>(
            null, [new CoordinatorAnswered(latest.Epoch, replied.Reply is Reply.Refused refused ? refused.Why : null)]);
    }
}
