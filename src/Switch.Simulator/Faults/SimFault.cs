namespace Gantry.Switch.Simulator;

/// <summary>A fault to act out (engine 11.5): <c>refuse, black_hole, slow, drop_after_apply, status, fail_midway, entry_missing,
/// table_full, restart, diverge, absent, version, synthetic, foreign_tag</c>.</summary>
public sealed record SimFault(string Kind)
{
    /// <summary>Which requests it hits; null hits all.</summary>
    public FaultMatch? Match { get; init; }

    /// <summary>How often; null until deleted.</summary>
    public int? Count { get; init; }

    /// <summary>Chance per request; null is always.</summary>
    public double? Probability { get; init; }

    /// <summary>Depends on the kind; see the README.</summary>
    public FaultParams Params { get; set; } = new();
}

/// <summary>Which requests a fault hits.</summary>
/// <param name="Method">Verb; null any.</param>
/// <param name="Path">Start of the path; null any.</param>
/// <param name="Object">Address or tag in path, query or body; null any.</param>
public sealed record FaultMatch(string? Method = null, string? Path = null, string? Object = null);

/// <summary>
/// Parameters of faults; each kind reads its own. Settable, because the generated reader gives init-only members no default.
/// </summary>
public sealed record FaultParams
{
    /// <summary><c>slow</c>: how long, in ms.</summary>
    public int DelayMs { get; set; } = 1000;

    /// <summary><c>slow</c>, <c>status</c>: <c>before</c> the delay or answer the operation is done, or <c>after</c>; a <c>status</c> that is
    /// not <c>after</c> changes nothing.</summary>
    public string Apply { get; set; } = "before";

    /// <summary><c>status</c>: what to answer.</summary>
    public int Status { get; set; } = 500;

    /// <summary><c>status</c>: error code; null for none.</summary>
    public string? ErrorCode { get; init; }

    /// <summary><c>table_full</c>, <c>synthetic</c>: display name of the table.</summary>
    public string? Table { get; init; }

    /// <summary><c>version</c>: the newest that the server knows.</summary>
    public string Newest { get; set; } = "8.0.0";

    /// <summary><c>diverge</c>: <c>remove</c>, <c>extra</c>, <c>members</c>, <c>sources</c>, <c>vlan</c> or <c>tag</c>.</summary>
    public string? What { get; init; }

    /// <summary><c>foreign_tag</c>, <c>diverge</c>: the tag to put.</summary>
    public string Tag { get; set; } = "foreign";
}

/// <summary>A fault that is set, with what is left of it.</summary>
public sealed record ActiveFault(int Id, SimFault Fault, int? Left);
