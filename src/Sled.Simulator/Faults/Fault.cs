namespace Gantry.Sled.Simulator;

/// <summary>A fault as it is asked for over the control interface (engine 11.5).</summary>
public sealed record Fault
{
    /// <summary>One of <see cref="FaultKinds"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>What it applies to; null for everything.</summary>
    public FaultMatch? Match { get; init; }

    /// <summary>How often it strikes; null until deleted.</summary>
    public int? Count { get; init; }

    /// <summary>Chance per request, 0 to 1; null always.</summary>
    public double? Probability { get; init; }

    /// <summary>Details of the kind.</summary>
    public FaultParams? Params { get; init; }
}

/// <summary>Which requests or rings a fault applies to. All given parts must agree.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Path; a trailing <c>*</c> matches any rest.</param>
/// <param name="Object">VMM id.</param>
public sealed record FaultMatch(string? Method = null, string? Path = null, string? Object = null);

/// <summary>Details of a fault.</summary>
/// <param name="DelayMs">For <c>slow</c> and <c>ring_delay</c>. Default 1000.</param>
/// <param name="Status">For <c>status</c>. Default 500.</param>
/// <param name="ErrorCode">For <c>status</c>. Default none.</param>
/// <param name="Message">For <c>status</c>.</param>
/// <param name="Nth">For <c>quorum_kill_after_save</c>: the save that is the last. Default 1.</param>
public sealed record FaultParams(int? DelayMs = null, int? Status = null, string? ErrorCode = null, string? Message = null, int? Nth = null);

/// <summary>What can go wrong with a simulated sled.</summary>
public static class FaultKinds
{
    /// <summary>The port is closed: connections are refused. Has no count, probability or match.</summary>
    public const string Refuse = "refuse";

    /// <summary>Requests are taken and never answered.</summary>
    public const string BlackHole = "black_hole";

    /// <summary>Answers come late.</summary>
    public const string Slow = "slow";

    /// <summary>The request takes effect, then the connection breaks.</summary>
    public const string DropAfterApply = "drop_after_apply";

    /// <summary>A status is answered, nothing takes effect.</summary>
    public const string Status = "status";

    /// <summary>200 with a body that is not JSON; nothing takes effect.</summary>
    public const string Garbage = "garbage";

    /// <summary>Rings go out late.</summary>
    public const string RingDelay = "ring_delay";

    /// <summary>Rings are lost on the way.</summary>
    public const string RingDrop = "ring_drop";

    /// <summary>Rings go out twice.</summary>
    public const string RingDuplicate = "ring_duplicate";

    /// <summary>A ring waits until a later one of another VMM went out, at most 2 s.</summary>
    public const string RingReorder = "ring_reorder";

    /// <summary>The hypervisor of the VMM says nothing more, so that only the grace timer ends it.</summary>
    public const string Freeze = "freeze";

    /// <summary>No session between this sled's quorum node and the peer of the serial in <c>match.object</c>, or any.</summary>
    public const string QuorumCut = "quorum_cut";

    /// <summary>Quorum messages to the peer in <c>match.object</c>, of the name in <c>match.path</c>, are lost.</summary>
    public const string QuorumDrop = "quorum_drop";

    /// <summary>The same come late, and later ones may overtake them.</summary>
    public const string QuorumDelay = "quorum_delay";

    /// <summary>The quorum node's drive fails: nothing is saved, and the node stops until the sled is restarted.</summary>
    public const string QuorumSaveFails = "quorum_save_fails";

    /// <summary>The quorum node ends right after a save, before it sends or answers.</summary>
    public const string QuorumCrashAfterSave = "quorum_crash_after_save";

    /// <summary>The whole process is killed right after the save of <c>params.nth</c>, counted from now: for sleds in a process of their own.</summary>
    public const string QuorumKillAfterSave = "quorum_kill_after_save";

    internal static readonly string[] All =
    [
        Refuse, BlackHole, Slow, DropAfterApply, Status, Garbage, RingDelay, RingDrop, RingDuplicate, RingReorder, Freeze,
        QuorumCut, QuorumDrop, QuorumDelay, QuorumSaveFails, QuorumCrashAfterSave,
        QuorumKillAfterSave,
    ];

    internal static readonly string[] OfRequests = [BlackHole, Slow, DropAfterApply, Status, Garbage];

    internal static readonly string[] OfRings = [RingDelay, RingDrop, RingDuplicate, RingReorder];
}
