using System.Collections.Immutable;
using Gantry.Actors;

namespace Gantry.Multicast;

/// <summary>Generation and digest of the document that one switch should hold (engine 7).</summary>
/// <param name="Generation">Counts the documents; the switch daemon keeps none, so the number is ours alone (switch-dpd C4).</param>
/// <param name="Digest">Of the document's canonical text.</param>
/// <param name="Groups">Groups in it.</param>
/// <param name="Applied">The highest generation that was read back.</param>
/// <param name="TimePublished">When the document last changed.</param>
/// <param name="TimeApplied">When that generation was read back.</param>
[Wire("switch-config.state")]
public sealed record SwitchConfigState(
    long Generation, string Digest, int Groups, long Applied, DateTimeOffset? TimePublished, DateTimeOffset? TimeApplied)
{
    /// <summary>No document yet.</summary>
    public static readonly SwitchConfigState None = new(0, "", 0, 0, null, null);
}

/// <summary>What can be asked of a switch's document.</summary>
public abstract record SwitchConfigCommand
{
    private SwitchConfigCommand()
    {
    }

    /// <summary>The document now has this digest. The reply says its generation.</summary>
    [Wire("switch-config.publish")]
    public sealed record Publish(string Digest, int Groups) : SwitchConfigCommand, ICommand<PublishedReply>;

    /// <summary>This generation was read back from the switch.</summary>
    [Wire("switch-config.record-applied")]
    public sealed record RecordApplied(long Generation) : SwitchConfigCommand, ICommand<Done>;
}

/// <summary>The reply to <see cref="SwitchConfigCommand.Publish"/>.</summary>
[Wire("switch-config.published")]
public sealed record PublishedReply(long Generation);

/// <summary>What happened to a switch's document.</summary>
public abstract record SwitchConfigEvent
{
    private SwitchConfigEvent()
    {
    }

    /// <summary>The document changed.</summary>
    [Wire("switch-config.desired-published")]
    public sealed record DesiredPublished(long Generation, string Digest, int Groups, DateTimeOffset At) : SwitchConfigEvent;

    /// <summary>The switch holds the document.</summary>
    [Wire("switch-config.applied")]
    public sealed record Applied(long Generation, DateTimeOffset At) : SwitchConfigEvent;
}

/// <summary>How a switch stands with its whole document.</summary>
public sealed record SwitchConfigRow(
    string Switch, long Generation, string Digest, int Groups, long Applied, DateTimeOffset? TimePublished, DateTimeOffset? TimeApplied);

/// <summary>Numbers the documents of one switch.</summary>
public sealed class SwitchConfigDecider : IDecider<SwitchConfigState, SwitchConfigCommand, SwitchConfigEvent>
{
    /// <summary>Documents by switch key.</summary>
    public static readonly ViewSchema<SwitchConfigRow> View = new("switch_configs", MulticastJson.Default.SwitchConfigRow);

    internal static readonly EntityKind Kind =
        EntityKind.Define<SwitchConfigDecider, SwitchConfigState, SwitchConfigCommand, SwitchConfigEvent>(
            "switch-config", k => k.View(Project));

    /// <inheritdoc/>
    public static SwitchConfigState Initial => SwitchConfigState.None;

    /// <inheritdoc/>
    public static Decision<SwitchConfigEvent> Decide(SwitchConfigState state, SwitchConfigCommand command, in Turn turn) => command switch
    {
        SwitchConfigCommand.Publish c when c.Digest == state.Digest =>
            Decision.Unchanged<SwitchConfigEvent>(new PublishedReply(state.Generation)),
        SwitchConfigCommand.Publish c => Decision.Accept<SwitchConfigEvent>(
            new PublishedReply(state.Generation + 1),
            [new SwitchConfigEvent.DesiredPublished(state.Generation + 1, c.Digest, c.Groups, turn.Now)]),
        SwitchConfigCommand.RecordApplied c when c.Generation > state.Applied && c.Generation <= state.Generation =>
            Decision.Accept<SwitchConfigEvent>(null, [new SwitchConfigEvent.Applied(c.Generation, turn.Now)]),
        _ => Decision.Unchanged<SwitchConfigEvent>(),
    };

    /// <inheritdoc/>
    public static SwitchConfigState Apply(SwitchConfigState state, SwitchConfigEvent fact) => fact switch
    {
        SwitchConfigEvent.DesiredPublished e => state with
        {
            Generation = e.Generation,
            Digest = e.Digest,
            Groups = e.Groups,
            TimePublished = e.At,
        },
        SwitchConfigEvent.Applied e => state with { Applied = e.Generation, TimeApplied = e.At },
        _ => state,
    };

    private static ImmutableArray<ViewOp> Project(
        EntityAddress self, SwitchConfigState before, SwitchConfigEvent fact, SwitchConfigState after) =>
    [
        View.Upsert(self.Key, new SwitchConfigRow(
            self.Key, after.Generation, after.Digest, after.Groups, after.Applied, after.TimePublished, after.TimeApplied)),
    ];
}
