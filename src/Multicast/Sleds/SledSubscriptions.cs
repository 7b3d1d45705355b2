using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>
/// Which VMMs of one sled may be subscribed to which groups: written before the sled is told, taken away after it was told otherwise, so that a
/// member that leaves while its sled is away, or nobody looks, is still unsubscribed (multicast 8.2).
/// </summary>
[Wire("sled-multicast.state")]
public sealed record SledSubscriptionsState(ImmutableSortedSet<string> Told)
{
    /// <summary>Nothing was told.</summary>
    public static readonly SledSubscriptionsState None = new(ImmutableSortedSet.Create<string>(StringComparer.Ordinal));
}

/// <summary>What can be asked of a sled's subscriptions.</summary>
public abstract record SledSubscriptionsCommand
{
    private SledSubscriptionsCommand()
    {
    }

    /// <summary>The VMM is about to be subscribed to the group's address. Refused when the sled has too many.</summary>
    [Wire("sled-multicast.note")]
    public sealed record Note(Guid Vmm, string Group) : SledSubscriptionsCommand, ICommand<Done>;

    /// <summary>The VMM is subscribed to the group no more.</summary>
    [Wire("sled-multicast.take-back")]
    public sealed record TakeBack(Guid Vmm, string Group) : SledSubscriptionsCommand, ICommand<Done>;
}

/// <summary>What happened to a sled's subscriptions.</summary>
public abstract record SledSubscriptionsEvent
{
    private SledSubscriptionsEvent()
    {
    }

    /// <summary>The VMM may be subscribed from now on.</summary>
    [Wire("sled-multicast.noted")]
    public sealed record Noted(Guid Vmm, string Group) : SledSubscriptionsEvent;

    /// <summary>The VMM is not subscribed.</summary>
    [Wire("sled-multicast.taken-back")]
    public sealed record TakenBack(Guid Vmm, string Group) : SledSubscriptionsEvent;
}

/// <summary>A VMM that may be subscribed to a group.</summary>
public sealed record SledSubscriptionRow(SledId Sled, Guid Vmm, string Group);

/// <summary>Keeps the subscriptions of one sled.</summary>
public sealed class SledSubscriptionsDecider : IDecider<SledSubscriptionsState, SledSubscriptionsCommand, SledSubscriptionsEvent>
{
    /// <summary>Subscriptions by VMM and group.</summary>
    public static readonly ViewSchema<SledSubscriptionRow> View = new(
        "sled_subscriptions", MulticastJson.Default.SledSubscriptionRow,
        ViewColumn<SledSubscriptionRow>.Text("sled", r => r.Sled.ToString()));

    internal static readonly EntityKind Kind =
        EntityKind.Define<SledSubscriptionsDecider, SledSubscriptionsState, SledSubscriptionsCommand, SledSubscriptionsEvent>(
            "sled-multicast", k => k.View(Project));

    /// <inheritdoc/>
    public static SledSubscriptionsState Initial => SledSubscriptionsState.None;

    internal static EntityAddress AddressOf(SledId sled) => new("sled-multicast", sled.ToString());

    /// <inheritdoc/>
    public static Decision<SledSubscriptionsEvent> Decide(SledSubscriptionsState state, SledSubscriptionsCommand command, in Turn turn) => command switch
    {
        SledSubscriptionsCommand.Note c when state.Told.Contains(KeyOf(c.Vmm, c.Group)) => Decision.Unchanged<SledSubscriptionsEvent>(),
        SledSubscriptionsCommand.Note when state.Told.Count >= MulticastLimits.SubscriptionsPerSled =>
            Decision.Refuse<SledSubscriptionsEvent>(MulticastErrors.TooManySubscriptions(turn.Self.Key)),
        SledSubscriptionsCommand.Note c => Decision.Accept<SledSubscriptionsEvent>(null, [new SledSubscriptionsEvent.Noted(c.Vmm, c.Group)]),
        SledSubscriptionsCommand.TakeBack c when state.Told.Contains(KeyOf(c.Vmm, c.Group)) =>
            Decision.Accept<SledSubscriptionsEvent>(null, [new SledSubscriptionsEvent.TakenBack(c.Vmm, c.Group)]),
        _ => Decision.Unchanged<SledSubscriptionsEvent>(),
    };

    /// <inheritdoc/>
    public static SledSubscriptionsState Apply(SledSubscriptionsState state, SledSubscriptionsEvent fact) => fact switch
    {
        SledSubscriptionsEvent.Noted e => new(state.Told.Add(KeyOf(e.Vmm, e.Group))),
        SledSubscriptionsEvent.TakenBack e => new(state.Told.Remove(KeyOf(e.Vmm, e.Group))),
        _ => state,
    };

    private static string KeyOf(Guid vmm, string group) => $"{vmm} {group}";

    private static ImmutableArray<ViewOp> Project(
        EntityAddress self, SledSubscriptionsState before, SledSubscriptionsEvent fact, SledSubscriptionsState after) => fact switch
    {
        SledSubscriptionsEvent.Noted e => [View.Upsert(KeyOf(e.Vmm, e.Group), new SledSubscriptionRow(SledId.From(Guid.Parse(self.Key)), e.Vmm, e.Group))],
        SledSubscriptionsEvent.TakenBack e => [View.Delete(KeyOf(e.Vmm, e.Group))],
        _ => [],
    };
}
