using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>Something the node would write to a log; its shell does. Never holds anything secret.</summary>
/// <param name="Kind">What.</param>
/// <param name="Epoch">Which epoch it is about.</param>
/// <param name="Peer">Who is concerned, if anybody.</param>
public readonly record struct TqNote(TqNoteKind Kind, ulong Epoch, BaseboardId? Peer);

/// <summary>What a node has to tell.</summary>
public enum TqNoteKind
{
    /// <summary>A message was dropped: this node was removed.</summary>
    DroppedAsExpunged,

    /// <summary>A message of another rack was dropped.</summary>
    DroppedOtherRack,

    /// <summary>A prepare older than the latest commit was dropped.</summary>
    DroppedOldPrepare,

    /// <summary>A configuration came that does not list this node.</summary>
    NotAMember,

    /// <summary>A message nobody waited for.</summary>
    Unexpected,

    /// <summary>A share does not match its digest, or its sender is no member.</summary>
    ShareRefused,

    /// <summary>An expunge for an epoch older than what is known was ignored.</summary>
    OldExpungeIgnored,

    /// <summary>Coordination of a configuration ended because a newer one came.</summary>
    CoordinationReplaced,

    /// <summary>The new configuration could not be completed from the shares so far.</summary>
    PreparingFailed,

    /// <summary>Coordination began.</summary>
    Coordinating,

    /// <summary>The configuration is complete and goes to the members.</summary>
    Preparing,

    /// <summary>Configuration and share are stored.</summary>
    Prepared,

    /// <summary>An epoch is in force.</summary>
    Committed,

    /// <summary>The own share is being computed from those of others.</summary>
    ComputingShare,

    /// <summary>Secrets are at hand.</summary>
    Loaded,

    /// <summary>This node was removed for good.</summary>
    Expunged,

    /// <summary>A broken invariant: see the alarms of the status.</summary>
    Alarm,
}
