using System.Collections.Immutable;

namespace Gantry.Simulation.TrustQuorum;

/// <summary>What may happen in a simulated rack. One that does not apply is skipped.</summary>
internal enum TqAction
{
    DeliverEnvelope,
    PollPrepareAcks,
    Commit,
    DeliverNexusReply,
    LoadLatestRackSecret,
    LoadRackSecret,
    ClearSecrets,
    CrashNode,
    RestartNode,
    Reconfigure,

    // Beyond the source's test:
    DeliverNexusCall,
    AbortByOperator,
    CutLink,
    HealLink,
    Tick,
    DuplicateEnvelope,
    LoseEnvelope,
    CorruptShare,
    StrangerAsks,
    ForeignRack,
    CommitAnyone,
    DriverPass,
    DriverReads,
}

/// <summary>One step: what, and the dice that choose where. Steps can be left out, which is how a failing schedule is shrunk.</summary>
internal readonly record struct TqStep(TqAction Action, ulong Dice);

/// <summary>The source's weights (tq 8.4), and small ones for what it does not do.</summary>
internal static class TqWeights
{
    private static readonly (TqAction Action, int Weight)[] Weights =
    [
        (TqAction.DeliverEnvelope, 30),
        (TqAction.PollPrepareAcks, 10),
        (TqAction.Commit, 10),
        (TqAction.DeliverNexusReply, 10),
        (TqAction.LoadLatestRackSecret, 5),
        (TqAction.LoadRackSecret, 5),
        (TqAction.ClearSecrets, 2),
        (TqAction.CrashNode, 2),
        (TqAction.RestartNode, 2),
        (TqAction.Reconfigure, 1),
        (TqAction.DeliverNexusCall, 5),
        (TqAction.AbortByOperator, 1),
        (TqAction.CutLink, 1),
        (TqAction.HealLink, 1),
        (TqAction.Tick, 1),
        (TqAction.DuplicateEnvelope, 1),
        (TqAction.LoseEnvelope, 1),
        (TqAction.CorruptShare, 1),
        (TqAction.StrangerAsks, 1),
        (TqAction.ForeignRack, 1),
        (TqAction.CommitAnyone, 1),
        (TqAction.DriverPass, 2),
        (TqAction.DriverReads, 1),
    ];

    private static readonly ImmutableArray<TqAction> Long = Wheel(1);

    // Schedules of a fifth of the source's length change members as often as those of the source.
    private static readonly ImmutableArray<TqAction> Short = Wheel(5);

    public static TqAction Draw(TqDice dice, bool isShort)
    {
        var wheel = isShort ? Short : Long;
        return wheel[dice.Next(wheel.Length)];
    }

    private static ImmutableArray<TqAction> Wheel(int reconfigure) =>
        [.. Weights.SelectMany(w => Enumerable.Repeat(w.Action, w.Action == TqAction.Reconfigure ? reconfigure : w.Weight))];
}
