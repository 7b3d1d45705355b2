using Gantry.TrustQuorum;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Simulation.TrustQuorum;

/// <summary>One safety line taken away, in the node, in its host, or in the control plane.</summary>
internal sealed record TqMutant(string Name)
{
    public static readonly TqMutant None = new("none");

    /// <summary>All that the simulation must notice.</summary>
    public static readonly IReadOnlyList<TqMutant> All =
    [
        .. Enum.GetValues<TqMutations>().Where(m => m != TqMutations.None).Select(m => new TqMutant(m.ToString()) { Node = m }),
        new TqMutant("ReplyBeforePersist") { RepliesBeforePersist = true },
        new TqMutant("CommitBelowKPlusZ") { Line = TqControlLine.EnoughPrepared },
        new TqMutant("CommitWithStaleConfig") { SendsStaleSecrets = true },
        new TqMutant("ProposeBeforeEnoughCommits") { Line = TqControlLine.EnoughCommits },
        new TqMutant("ReuseEpochAfterAbort") { Line = TqControlLine.FreshEpoch },
        new TqMutant("TakeChangedDigests") { Line = TqControlLine.SameDigests },
        new TqMutant("TakeReportsOfOtherEpochs") { Line = TqControlLine.ReportOfLatest },
        new TqMutant("RewriteCommitTimes") { Line = TqControlLine.FirstCommitTime },
        new TqMutant("AnyMemberCoordinates") { Line = TqControlLine.CoordinatorCommitted },
    ];

    public TqMutations Node { get; init; }

    /// <summary>Sends and answers, then saves.</summary>
    public bool RepliesBeforePersist { get; init; }

    /// <summary>H2: sends the configuration without the recorded secrets.</summary>
    public bool SendsStaleSecrets { get; init; }

    /// <summary>The line of the control plane that is taken away.</summary>
    public TqControlLine Line { get; init; }

    /// <summary>The command as it reaches the decider.</summary>
    public TqCommand Sent(TqCommand command, TqState state) => (Line, command, state.Latest) switch
    {
        (TqControlLine.ReportOfLatest, RecordCommit commit, { } latest) => commit with { Epoch = latest.Epoch },
        (TqControlLine.ReportOfLatest, RecordPrepare prepare, { } latest) =>
            prepare with { Epoch = latest.Epoch, Config = prepare.Config with { Epoch = latest.Epoch, Coordinator = latest.Coordinator } },
        _ => command,
    };

    /// <summary>The state as the decider sees it: what the line would look at is not there.</summary>
    public TqState Before(TqState state, TqCommand command) => (Line, command, state.Latest) switch
    {
        (TqControlLine.EnoughCommits, ProposeCommand, { } latest) => state with
        {
            Latest = latest with { CommitCrashTolerance = -latest.Threshold },
        },
        (TqControlLine.SameDigests, RecordPrepare, { } latest) => state with
        {
            Latest = latest with
            {
                Members = [.. latest.Members.Select(m => m with { ShareDigest = null })], EncryptedRackSecrets = null,
            },
        },
        (TqControlLine.FirstCommitTime, RecordCommit, { } latest) => state with
        {
            Latest = latest with
            {
                Members = [.. latest.Members.Select(m => m.State == TqMemberStates.Committed ? m with { State = TqMemberStates.Prepared } : m)],
            },
        },
        _ => state,
    };

    /// <summary>The record as it is stored.</summary>
    public TqRecord Inserted(TqRecord record, TqState state) => (Line, state.Latest) switch
    {
        (TqControlLine.EnoughPrepared, not null) => record with { CommitCrashTolerance = 1 - record.Threshold },
        (TqControlLine.FreshEpoch, { State: TqStates.Aborted } aborted) => record with { Epoch = aborted.Epoch },
        (TqControlLine.CoordinatorCommitted, not null) => record with { Coordinator = record.Members[^1].Id },
        _ => record,
    };
}

/// <summary>Safety lines of the control plane.</summary>
internal enum TqControlLine
{
    None,

    /// <summary>A configuration is in force with K + Z acknowledgements.</summary>
    EnoughPrepared,

    /// <summary>The next one is proposed when K + Z members committed the one below.</summary>
    EnoughCommits,

    /// <summary>An aborted epoch is never given again.</summary>
    FreshEpoch,

    /// <summary>Digests and sealed secrets once recorded stay.</summary>
    SameDigests,

    /// <summary>A report counts for the epoch it was made for.</summary>
    ReportOfLatest,

    /// <summary>H9.</summary>
    FirstCommitTime,

    /// <summary>The coordinator committed what it builds on.</summary>
    CoordinatorCommitted,
}
