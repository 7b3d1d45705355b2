using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.TrustQuorum;

/// <summary>Commands of <c>tq-config/&lt;rack id&gt;</c>.</summary>
public abstract record TqCommand
{
    internal sealed record Create(RackCreated Rack) : TqCommand;

    internal sealed record Confirm(ConfirmNotMember Wanted) : TqCommand;

    internal sealed record CoordinatorReplied(string Token, Reply Reply) : TqCommand;
}

/// <summary>
/// What the gateway read before it proposed: a decider sees no other entity. Draw is the dice of the coordinator's choice.
/// </summary>
public sealed record ProposalFacts
{
    /// <summary>Named hardware that no inventory ever saw.</summary>
    public ImmutableArray<BaseboardId> Unknown { get; init; } = [];

    /// <summary>Hardware commissioned in another rack.</summary>
    public ImmutableArray<BaseboardId> Elsewhere { get; init; } = [];

    /// <summary>
    /// Commissioned sleds whose agents answer now: the coordinator is one of them, if any of them may be. A new member is a member before its
    /// agent has announced itself.
    /// </summary>
    public ImmutableArray<BaseboardId> Answering { get; init; } = [];

    /// <summary>At least 0.</summary>
    public int Draw { get; init; }

    /// <summary>The epoch that the proposer computed; null: whatever is next.</summary>
    public long? Epoch { get; init; }
}

/// <summary>A command that proposes a configuration.</summary>
public abstract record ProposeCommand(ProposalFacts Facts) : TqCommand, ICommand<ProposalAccepted>;

/// <summary>The present members and these. None: the same members with a new secret.</summary>
[Wire("tq.add-sleds")]
public sealed record AddSleds(ImmutableArray<BaseboardId> Sleds, ProposalFacts Facts) : ProposeCommand(Facts);

/// <summary>The present members without this one. Fleet admins only.</summary>
[Wire("tq.remove-sled"), Destructive(FleetRole = "admin")]
public sealed record RemoveSled(BaseboardId Sled, ProposalFacts Facts) : ProposeCommand(Facts);

/// <summary>From the older scheme: these members at epoch 2 or later. Fleet admins only.</summary>
[Wire("tq.upgrade-lrtq")]
public sealed record UpgradeLrtq(ImmutableArray<BaseboardId> Members, ProposalFacts Facts) : ProposeCommand(Facts);

/// <summary>Aborts what is preparing and proposes the same members again at the next epoch.</summary>
[Wire("tq.recover")]
public sealed record RecoverQuorum(ProposalFacts Facts) : ProposeCommand(Facts);

/// <summary>The reply to a proposal.</summary>
/// <param name="Epoch">The new epoch.</param>
/// <param name="Coordinator">The member that is asked to make and distribute it.</param>
[Wire("tq.proposal-accepted")]
public sealed record ProposalAccepted(long Epoch, BaseboardId Coordinator);

/// <summary>Gives the newest record up. An epoch that is not the newest any more is refused.</summary>
/// <param name="Reason">What the record says of it.</param>
/// <param name="Epoch">The epoch that is meant; null: whatever is newest.</param>
/// <param name="Why">What whoever waits for the coordinator's answer is told; null when nobody was called in vain.</param>
[Wire("tq.abort-latest"), Destructive(FleetRole = "admin")]
public sealed record AbortLatest(string Reason, long? Epoch = null, Refusal? Why = null) : TqCommand, ICommand<EpochReply>;

/// <summary>The reply of commands that name an epoch.</summary>
[Wire("tq.epoch")]
public sealed record EpochReply(long Epoch);

/// <summary>What the coordinator says of the epoch (trust-quorum 5.5).</summary>
[Wire("tq.record-prepare")]
public sealed record RecordPrepare(long Epoch, CoordinatorConfig Config, ImmutableArray<BaseboardId> Acked)
    : TqCommand, ICommand<RecordedReply>;

/// <summary>The coordinator's configuration.</summary>
public sealed record CoordinatorConfig(
    RackId Rack,
    long Epoch,
    int Threshold,
    BaseboardId Coordinator,
    ImmutableArray<TqDigest> Members,
    TqSealedSecrets? EncryptedRackSecrets);

/// <summary>Members that committed the epoch (trust-quorum 5.6).</summary>
[Wire("tq.record-commit")]
public sealed record RecordCommit(long Epoch, ImmutableArray<BaseboardId> Acked) : TqCommand, ICommand<RecordedReply>;

/// <summary>The state of the record after a report.</summary>
[Wire("tq.recorded")]
public sealed record RecordedReply(string State);

/// <summary>Input of the one call to a coordinator.</summary>
[Wire("tq.coordinate")]
public sealed record CoordinateInput(RackId Rack, long Epoch);
