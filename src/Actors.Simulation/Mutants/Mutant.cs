using System.Collections.Immutable;
using Gantry.Actors.Kernel;
using Gantry.Actors.Storage;

namespace Gantry.Actors.Simulation;

/// <summary>The engine without one of its safety lines (engine 11.1). A simulator that does not notice is blind there.</summary>
public sealed record Mutant
{
    /// <summary>The engine as it is.</summary>
    public static readonly Mutant None = new() { Name = "none", What = "the engine as it is" };

    /// <summary>Every mutant that one node can have.</summary>
    public static readonly ImmutableArray<Mutant> All =
    [
        new() { Name = "fence-test", What = "a fenced lane passes for ours", Store = StoreMutations.NoFence },
        new() { Name = "owner-test", What = "a batch of a shard that is another's, or was ours at another epoch, is taken", Store = StoreMutations.NoOwner },
        new() { Name = "session-number", What = "late bytes of an old session are taken", Store = StoreMutations.NoSession },
        new() { Name = "confirm-before-refusal", What = "answers without events leave unproved", Kernel = KernelMutations.NoConfirm },
        new() { Name = "previous-of-doorbells", What = "a doorbell is taken whatever came before it", Kernel = KernelMutations.NoPrevious },
        new() { Name = "stamp-of-late-loads", What = "a load of an earlier epoch is taken", Kernel = KernelMutations.NoLoadStamp },
        new() { Name = "claim-test", What = "a claim held by another is no conflict", Store = StoreMutations.NoClaim },
        new() { Name = "receipt-key", What = "a known command key is taken again", Store = StoreMutations.NoReceipt },
        new() { Name = "timer-out-of-hand", What = "a replaced timer stays in hand", Kernel = KernelMutations.NoTimerOut },
        new() { Name = "resolve-after-lost-answer", What = "a lost answer is taken for not done", Kernel = KernelMutations.NoResolve },
        new() { Name = "roll-back-of-tip", What = "the look-ahead state stays after a failure", Kernel = KernelMutations.NoRollBack },
        new() { Name = "persist-then-reply", What = "answers leave before the commit", Kernel = KernelMutations.EarlyAnswers },
        new() { Name = "device-generation", What = "a device takes a lower generation", IsDeviceForgetful = true },
    ];

    /// <summary>Every mutant that needs several nodes, and those that they may show in another way than one does.</summary>
    public static readonly ImmutableArray<Mutant> OfClusters =
    [
        .. All,
        new() { Name = "terminated-sessions", What = "a stalled client's session is left, with its row locks", AreSessionsLeft = true },
        new() { Name = "timeline", What = "a node takes the store after a fail-over for the one it knew", IsTimelineIgnored = true },
        new() { Name = "judge-after-quiet", What = "a node judges others right after a pause or an outage", Kernel = KernelMutations.NoQuiet },
    ];

    /// <summary>For reports and the command line.</summary>
    public required string Name { get; init; }

    /// <summary>What is switched off.</summary>
    public required string What { get; init; }

    internal KernelMutations Kernel { get; init; }

    internal StoreMutations Store { get; init; }

    internal bool IsDeviceForgetful { get; init; }

    internal bool AreSessionsLeft { get; init; }

    internal bool IsTimelineIgnored { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
