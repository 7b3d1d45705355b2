using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.TrustQuorum;

/// <summary>Judges proposals in the order of trust-quorum 5.3 and 5.4. Pure.</summary>
internal static class TqProposals
{
    /// <summary>The activity that calls the coordinator.</summary>
    public const string CallActivity = "quorum-coordinate";

    public static Decision<TqEvent> Decide(TqState state, ProposeCommand command, in Turn turn) => command switch
    {
        AddSleds add => Add(state, add, turn),
        RemoveSled remove => Remove(state, remove, turn),
        UpgradeLrtq upgrade => Upgrade(state, upgrade, turn),
        RecoverQuorum recover => Recover(state, recover, turn),
        _ => throw Invariant.Unreachable($"no proposal {command.GetType().Name}"),
    };

    private static Decision<TqEvent> Add(TqState state, AddSleds add, in Turn turn)
    {
        if (Footing(state, turn, out var refusal) is not { } footing)
        {
            return Decision.Refuse<TqEvent>(refusal);
        }

        var twice = add.Sleds.Where(s => footing.Find(s) is not null).Distinct().Order().ToImmutableArray();
        return twice.IsEmpty
            ? Propose(state, Ids(footing).AddRange(add.Sleds), footing.Epoch, isUpgrade: false, add.Facts, turn)
            : Decision.Refuse<TqEvent>(TrustQuorumErrors.AlreadyMembers(twice, footing.Epoch));
    }

    private static Decision<TqEvent> Remove(TqState state, RemoveSled remove, in Turn turn)
    {
        if (Footing(state, turn, out var refusal) is not { } footing)
        {
            return Decision.Refuse<TqEvent>(refusal);
        }

        return footing.Find(remove.Sled) is null
            ? Decision.Refuse<TqEvent>(TrustQuorumErrors.NotMember(remove.Sled, footing.Epoch))
            : Propose(state, Ids(footing).Remove(remove.Sled), footing.Epoch, isUpgrade: false, remove.Facts, turn);
    }

    private static Decision<TqEvent> Upgrade(TqState state, UpgradeLrtq upgrade, in Turn turn) => state.Latest switch
    {
        { LastCommittedEpoch: not null } or { State: TqStates.Committing } or { IsCommitted: true } =>
            Decision.Refuse<TqEvent>(TrustQuorumErrors.AlreadyUpgraded(state.Latest.Epoch)),
        { IsPreparing: true } => Decision.Refuse<TqEvent>(TrustQuorumErrors.UpgradeInProgress(state.Latest.Epoch)),
        _ => Propose(state, upgrade.Members, null, isUpgrade: true, upgrade.Facts, turn),
    };

    // Abort and propose the same members again, one decision: a dead coordinator must not need two calls and luck between them.
    private static Decision<TqEvent> Recover(TqState state, RecoverQuorum recover, in Turn turn)
    {
        if (state.Latest is not { } latest)
        {
            return Decision.Refuse<TqEvent>(TrustQuorumErrors.NoQuorum(turn.Self.Key));
        }

        if (!latest.IsPreparing && latest.State != TqStates.Aborted)
        {
            return Decision.Refuse<TqEvent>(TrustQuorumErrors.NothingToRecover(latest.Epoch, latest.State));
        }

        var given = latest.IsPreparing
            ? ImmutableArray.Create<TqEvent>(new ConfigAborted(latest.Epoch, "Aborted by a recovery", turn.Now))
            : [];
        var from = given.Aggregate(state, TqDecider.Apply);
        var proposed = Propose(
            from, Ids(latest), latest.LastCommittedEpoch, isUpgrade: latest.LastCommittedEpoch is null, recover.Facts, turn);
        return proposed.Reply is Reply.Refused ? proposed : proposed with { Events = given.AddRange(proposed.Events) };
    }

    private static Decision<TqEvent> Propose(
        TqState state, ImmutableArray<BaseboardId> wanted, long? lastCommitted, bool isUpgrade, ProposalFacts facts, in Turn turn)
    {
        var members = wanted.Distinct().Order().ToImmutableArray();
        var latest = state.Latest;
        var epoch = latest is null ? 2 : latest.Epoch + 1; // only an upgrade comes here without a record: the older scheme counts as epoch 1
        if (WhyNot(state, members, epoch, lastCommitted, facts) is { } refusal)
        {
            return Decision.Refuse<TqEvent>(refusal);
        }

        var under = BaseOf(state, lastCommitted);
        var candidates = under is null
            ? members
            : [.. members.Where(m => under.Find(m)?.State == TqMemberStates.Committed)];
        if (candidates.IsEmpty)
        {
            return Decision.Refuse<TqEvent>(TrustQuorumErrors.NoCoordinator(under!.Epoch)); // without a base every member is a candidate
        }

        var awake = candidates.RemoveAll(c => !facts.Answering.Contains(c));
        var choice = awake.IsEmpty ? candidates : awake;
        var record = new TqRecord
        {
            Rack = RackId.From(Guid.Parse(turn.Self.Key)),
            Epoch = epoch,
            LastCommittedEpoch = lastCommitted,
            State = isUpgrade ? TqStates.PreparingLrtqUpgrade : TqStates.Preparing,
            Threshold = QuorumSizes.Threshold(members.Length),
            CommitCrashTolerance = QuorumSizes.CommitCrashTolerance(members.Length),
            Coordinator = choice[facts.Draw % choice.Length],
            Members = [.. members.Select(m => new TqMember { Id = m, State = TqMemberStates.Unacked })],
            TimeCreated = turn.Now,
            CoordinatorCall = CoordinatorCalls.Out,
        };
        var inserted = new ConfigInserted(record);
        return Decision.Accept(
            new ProposalAccepted(epoch, record.Coordinator),
            latest?.State == TqStates.Committing
                ? [new MarkedCommittedPartially(latest.Epoch, turn.Now), inserted] // T5
                : ImmutableArray.Create<TqEvent>(inserted),
            [new Effect.Activity(CallActivity, TqDecider.CallToken(record.Rack, epoch), new CoordinateInput(record.Rack, epoch))]);
    }

    // The ten checks of trust-quorum 5.4 but the last, in order.
    private static Refusal? WhyNot(
        TqState state, ImmutableArray<BaseboardId> members, long epoch, long? lastCommitted, ProposalFacts facts)
    {
        if (members.Length is < QuorumSizes.MembersMin or > QuorumSizes.MembersMax)
        {
            return TrustQuorumErrors.WrongSize(members.Length);
        }

        if (Among(facts.Unknown, members) is { IsEmpty: false } unknown)
        {
            return TrustQuorumErrors.UnknownSleds(unknown);
        }

        if (Among(facts.Elsewhere, members) is { IsEmpty: false } elsewhere)
        {
            return TrustQuorumErrors.Elsewhere(elsewhere);
        }

        if (facts.Epoch is { } computed && computed != epoch)
        {
            return TrustQuorumErrors.EpochMoved(epoch - 1, computed);
        }

        if (state.Latest is not { } latest)
        {
            return null;
        }

        if (latest.IsPreparing)
        {
            return TrustQuorumErrors.StillPreparing(latest.Epoch);
        }

        var expected = latest.State == TqStates.Aborted ? latest.LastCommittedEpoch : latest.Epoch;
        if (lastCommitted != expected)
        {
            return TrustQuorumErrors.EpochMoved(latest.Epoch, epoch);
        }

        if (lastCommitted is { } named && BaseOf(state, lastCommitted) is null)
        {
            return TrustQuorumErrors.NoBase(latest.Rack.ToString(), named);
        }

        if (BaseOf(state, lastCommitted) is not { } under)
        {
            return null;
        }

        if (under.State == TqStates.Committing && under.CommittedCount < under.AcksNeeded)
        {
            return TrustQuorumErrors.TooFewCommits(under.Epoch, under.CommittedCount, under.AcksNeeded);
        }

        // Told now: once it prepares, its coordinator's report would be refused for ever.
        return under.EncryptedRackSecrets?.Data.Length / 2 >= TrustQuorumLimits.SealedBytesMax
            ? TrustQuorumErrors.LineageFull(under.Epoch, TrustQuorumLimits.PriorSecretsMax)
            : null;
    }

    private static TqRecord? Footing(TqState state, in Turn turn, out Refusal refusal)
    {
        refusal = state.Latest is { } latest
            ? TrustQuorumErrors.NoBase(turn.Self.Key, latest.Epoch)
            : TrustQuorumErrors.NoQuorum(turn.Self.Key);
        return state.Footing;
    }

    private static TqRecord? BaseOf(TqState state, long? epoch) =>
        epoch is null ? null : state.Latest?.Epoch == epoch ? state.Latest : state.Base?.Epoch == epoch ? state.Base : null;

    private static ImmutableArray<BaseboardId> Ids(TqRecord record) => [.. record.Members.Select(m => m.Id)];

    private static ImmutableArray<BaseboardId> Among(ImmutableArray<BaseboardId> some, ImmutableArray<BaseboardId> members) =>
        [.. some.Where(s => members.Contains(s)).Distinct().Order()];
}
