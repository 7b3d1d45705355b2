using System.Collections.Immutable;

namespace Gantry.Actors;

/// <summary>States of a member. Left and dead are final.</summary>
public enum MemberState
{
    /// <summary>Its links are opening; it is given nothing.</summary>
    Joining,

    /// <summary>It may own shards.</summary>
    Up,

    /// <summary>It gives its shards away.</summary>
    Draining,

    /// <summary>It stopped in order.</summary>
    Left,

    /// <summary>It was superseded or judged.</summary>
    Dead,
}

/// <summary>What a node says of itself.</summary>
public sealed record MemberProfile
{
    /// <summary>Name of the node, kept over restarts; at most 60 bytes.</summary>
    public required string NodeId { get; init; }

    /// <summary>Where other nodes reach it.</summary>
    public string? Link { get; init; }

    /// <summary>Where clients reach it.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>Its share of the shards beside the others; 1 to 100.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>A failure domain, or null.</summary>
    public string? Zone { get; init; }

    /// <summary>
    /// The newest wire level that this release reads and writes (engine 2.6). It rises with every new version of a form and with every new view or
    /// column of one: by it <c>gantry cluster finalize</c> knows that no node is left that writes the old ones.
    /// </summary>
    public const int ReleaseWireLevel = 1;

    /// <summary>The newest wire level it speaks.</summary>
    public int WireLevel { get; init; } = ReleaseWireLevel;
}

/// <summary>One member as the store knows it.</summary>
/// <param name="Incarnation">This run of the node.</param>
/// <param name="Profile">What it says of itself.</param>
/// <param name="State">Its state.</param>
/// <param name="Beat">Beats so far.</param>
/// <param name="Unreachable">Nodes that it cannot reach.</param>
/// <param name="HasOpenLane">Whether a lane of it is not fenced.</param>
public sealed record MemberRow(
    Incarnation Incarnation, MemberProfile Profile, MemberState State, long Beat, ImmutableArray<string> Unreachable, bool HasOpenLane);
