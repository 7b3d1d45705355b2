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
        new TqMutant("CommitBelowKPlusZ") { CommitsBelowTolerance = true },
        new TqMutant("CommitWithStaleConfig") { SendsStaleSecrets = true },
        new TqMutant("ProposeBeforeEnoughCommits") { ProposesEarly = true },
        new TqMutant("ReuseEpochAfterAbort") { ReusesEpoch = true },
        new TqMutant("TakeChangedDigests") { TakesChangedDigests = true },
    ];

    public TqMutations Node { get; init; }

    /// <summary>Sends and answers, then saves.</summary>
    public bool RepliesBeforePersist { get; init; }

    /// <summary>Puts a configuration in force with fewer than K + Z acknowledgements.</summary>
    public bool CommitsBelowTolerance { get; init; }

    /// <summary>H2: sends the configuration without the recorded secrets.</summary>
    public bool SendsStaleSecrets { get; init; }

    /// <summary>Proposes although fewer than K + Z members committed the base.</summary>
    public bool ProposesEarly { get; init; }

    /// <summary>Gives an aborted epoch a second time.</summary>
    public bool ReusesEpoch { get; init; }

    /// <summary>Counts acknowledgements of a configuration whose digests are not those recorded.</summary>
    public bool TakesChangedDigests { get; init; }
}
