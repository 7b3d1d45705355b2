using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.TrustQuorum;

/// <summary>Facts of <c>tq-config/&lt;rack id&gt;</c> (trust-quorum 5.7).</summary>
public abstract record TqEvent;

/// <summary>A new configuration.</summary>
[Wire("tq.config-inserted")]
public sealed record ConfigInserted(TqRecord Record) : TqEvent;

/// <summary>A later proposal took over before every member had committed.</summary>
[Wire("tq.marked-committed-partially")]
public sealed record MarkedCommittedPartially(long Epoch, DateTimeOffset At) : TqEvent;

/// <summary>The coordinator told the digests of the shares it made.</summary>
[Wire("tq.digests-learned")]
public sealed record DigestsLearned(long Epoch, ImmutableArray<TqDigest> Digests) : TqEvent;

/// <summary>The digest of one member's share.</summary>
public sealed record TqDigest(BaseboardId Sled, string ShareDigest);

/// <summary>The coordinator told the sealed prior secrets.</summary>
[Wire("tq.secrets-learned")]
public sealed record SecretsLearned(long Epoch, TqSealedSecrets Sealed) : TqEvent;

/// <summary>Members hold configuration and share.</summary>
[Wire("tq.members-prepared")]
public sealed record MembersPrepared(long Epoch, ImmutableArray<BaseboardId> Sleds, DateTimeOffset At) : TqEvent;

/// <summary>K+Z members are prepared: the point of no return.</summary>
[Wire("tq.committing-started")]
public sealed record CommittingStarted(long Epoch, DateTimeOffset At) : TqEvent;

/// <summary>Members marked the epoch as in force.</summary>
[Wire("tq.members-committed")]
public sealed record MembersCommitted(long Epoch, ImmutableArray<BaseboardId> Sleds, DateTimeOffset At) : TqEvent;

/// <summary>Every member committed.</summary>
[Wire("tq.config-committed")]
public sealed record ConfigCommitted(long Epoch, DateTimeOffset At) : TqEvent;

/// <summary>Given up before the point of no return.</summary>
[Wire("tq.config-aborted")]
public sealed record ConfigAborted(long Epoch, string Reason, DateTimeOffset At) : TqEvent;

/// <summary>The one call to the coordinator ended; null: it took it.</summary>
[Wire("tq.coordinator-answered")]
public sealed record CoordinatorAnswered(long Epoch, Refusal? Why) : TqEvent;
