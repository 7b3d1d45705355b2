using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors.Kernel;

/// <summary>What a decider made of a command, checked against the rules of engine 2.1.</summary>
internal sealed record Verdict
{
    public required Reply Reply { get; init; }

    public ImmutableArray<object> Events { get; init; } = [];

    public ImmutableArray<Effect> Effects { get; init; } = [];

    public object? After { get; init; }

    /// <summary>See <see cref="Decision{TEvent}.Ignored"/>.</summary>
    public string? Ignored { get; init; }

    /// <summary>Set: decider, event or rule is broken, and nothing else here counts.</summary>
    public string? Bug { get; init; }

    /// <summary>Set: the message can never be decided.</summary>
    public string? Unusable { get; init; }

    public static Verdict Of(WorkItem item, EntitySlot slot, DateTimeOffset now, LaneSettings settings)
    {
        if (item.Forced is { } forced)
        {
            return Refused(forced);
        }

        if (Destruction.WhyNot(slot.Kind.Runner.Meaning(item.Command), item.Caller) is { } forbidden)
        {
            return Refused(forbidden);
        }

        if (WhyMoved(item, slot) is { } moved)
        {
            return Refused(moved);
        }

        var runner = slot.Kind.Runner;
        try
        {
            var command = item.Command;
            if (item.Meta?.ReplyOf is { } token)
            {
                command = runner.WrapReply(token, RefusedReply.Unpack(command));
                if (command is null)
                {
                    return new Verdict { Reply = Nothing, Unusable = $"kind {slot.Kind.Name} has no OnReply" };
                }
            }

            var turn = new Turn(slot.Address, slot.TipRevision, now, item.Key, item.Caller) { Scope = settings.Scope };
            var decision = runner.Decide(slot.Tip!, command, turn);
            if (WhyBroken(decision, slot.Kind) is { } rule)
            {
                return Broken(rule);
            }

            var after = slot.Tip!;
            foreach (var fact in decision.Events)
            {
                after = runner.Apply(after, fact);
            }

            if (slot.IsTooLarge && !decision.Events.IsEmpty && !item.IsMail && WhyTooLarge(slot, after, settings) is { } large)
            {
                return Refused(large);
            }

            return new Verdict { Reply = decision.Reply, Events = decision.Events, Effects = decision.Effects, After = after, Ignored = decision.Ignored };
        }
        catch (Exception e)
        {
            // Deciders never throw (2.1), not even a cancellation, for there is nothing to cancel: this one has a bug. The lane and every other entity go on (4.6).
            return Broken($"{e.GetType().Name}: {e.Message}");
        }
    }

    private static readonly Reply Nothing = new Reply.Accepted(Done.Instance);

    private static Verdict Refused(Refusal why) => new() { Reply = new Reply.Refused(why) };

    private static Verdict Broken(string why) => new() { Reply = Nothing, Bug = why };

    private static Refusal? WhyMoved(WorkItem item, EntitySlot slot)
    {
        if (item.ExpectedRevision is { } revision && revision != slot.TipRevision)
        {
            return Refusal.Conflict(
                "RevisionMoved", $"{slot.Address} is at revision {slot.TipRevision}, the command expected {revision}", "read it again and retry");
        }

        return item.ExpectedGeneration is { } generation && slot.Kind.Runner.GenerationOf(slot.Tip!) is var now && now != generation
            ? new Refusal(
                RefusalKind.GenerationMoved,
                "GenerationMoved",
                $"{slot.Address} is at generation {now?.ToString() ?? "none"}, the request expected {generation}",
                "read the object again and repeat the request with its present ETag")
            : null;
    }

    // Mail is never refused: whoever sent it could not know (engine 9). And what makes the state smaller is the way out.
    private static Refusal? WhyTooLarge(EntitySlot slot, object after, LaneSettings settings)
    {
        if (settings.StateBound is not { } bound)
        {
            return null;
        }

        var bytes = bound.BytesOf(after);
        slot.IsTooLarge = bytes > bound.BytesMax;
        return slot.IsTooLarge && bytes >= bound.BytesOf(slot.Tip!)
            ? new Refusal(
                RefusalKind.InsufficientCapacity,
                "StateTooLarge",
                $"{slot.Address} would hold {bytes} bytes, the bound is {bound.BytesMax}",
                "remove something from it first, or use another object")
            : null;
    }

    private static string? WhyBroken(Decision<object> decision, EntityKind kind)
    {
        if (decision.Reply is not (Reply.Accepted or Reply.Refused { Why: not null }))
        {
            return "a decision without a reply";
        }

        if (decision.Reply is Reply.Refused && !decision.Events.IsEmpty)
        {
            return "a refusal with events";
        }

        if (decision.Events.IsEmpty && !decision.Effects.IsDefaultOrEmpty)
        {
            return "effects without an event";
        }

        if (decision.Events.Length > LaneLimits.DecisionPartsMax || decision.Effects.Length > LaneLimits.DecisionPartsMax)
        {
            return $"{decision.Events.Length} events and {decision.Effects.Length} effects, the bound of each is {LaneLimits.DecisionPartsMax}";
        }

        if (decision.Events.Contains(null!) || (!decision.Effects.IsDefaultOrEmpty
            && decision.Effects.Any(e => e is null or Effect.Nudge { Reconciler: null } or Effect.Nudge { Key: null })))
        {
            return "an event or effect that is null, or a nudge of nothing";
        }

        // Found where it is written, and not when the reply is back and nobody can read it.
        var wantsReply = !decision.Effects.IsDefaultOrEmpty && !kind.Runner.TakesReplies
            && decision.Effects.Any(e => e is Effect.Activity or Effect.Post { ReplyToken: not null });
        return wantsReply ? $"a message that asks for a reply, and kind {kind.Name} has no OnReply" : null;
    }
}
