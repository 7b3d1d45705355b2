using System.Collections.Immutable;
using Gantry.Actors.Kernel;
using Gantry.Primitives;

namespace Gantry.Actors.Runtime;

/// <summary>Turns commands, answers and mail into what travels, and back. Thread-safe.</summary>
/// <remarks>Decoding throws <see cref="WireException"/> for a body that this release cannot read.</remarks>
internal sealed class LinkCodec(WireRegistry wire)
{
    /// <summary>Bytes of bodies in one doorbell; above it the owner is only told to look.</summary>
    public const int DoorbellBytesMax = 256 * 1024;

    public LinkBody Encode(object value)
    {
        var body = wire.Encode(value);
        return new LinkBody(body.Tag, body.Version, body.Body);
    }

    public object Decode(LinkBody body) => wire.Decode(body.Tag, body.Version, body.Body);

    public LinkOutcome Encode(AskAnswer answer) => answer switch
    {
        AskAnswer.Accepted accepted => new LinkOutcome.Accepted(Encode(accepted.Value), accepted.Revision, accepted.IsReplay),
        AskAnswer.Tried tried => new LinkOutcome.Tried(
            Encode(tried.Value),
            tried.Revision,
            [.. tried.Events.Select(Encode)],
            [.. tried.Effects.OfType<Effect.Post>().Select(p => new LinkPost(p.To, Encode(p.Command), p.Delay, p.ReplyToken))])
        {
            Others = [.. tried.Effects.Where(e => e is not Effect.Post).Select(Encode)],
        },
        AskAnswer.Refused refused => new LinkOutcome.Refused(refused.Why),
        AskAnswer.Overloaded overloaded => new LinkOutcome.Overloaded(overloaded.RetryAfter),
        AskAnswer.Unavailable unavailable => new LinkOutcome.Unavailable(unavailable.RetryAfter),
        AskAnswer.Unknown unknown => new LinkOutcome.Unknown(unknown.Reason),
        _ => throw Invariant.Unreachable($"answer {answer.GetType().Name} does not travel"),
    };

    public AskAnswer Decode(LinkOutcome outcome) => outcome switch
    {
        LinkOutcome.Accepted accepted => new AskAnswer.Accepted(Decode(accepted.Value), accepted.Revision, accepted.IsReplay),
        LinkOutcome.Tried tried => new AskAnswer.Tried(
            Decode(tried.Value),
            tried.Revision,
            [.. tried.Events.Select(Decode)],
            [.. tried.Posts.Select(p => (Effect)new Effect.Post(p.To, Decode(p.Body), p.Delay, p.ReplyToken)), .. tried.Others.Select(Decode).OfType<Effect>()]),
        LinkOutcome.Refused refused => new AskAnswer.Refused(refused.Why),
        LinkOutcome.Overloaded overloaded => new AskAnswer.Overloaded(overloaded.RetryAfter),
        LinkOutcome.Unavailable unavailable => new AskAnswer.Unavailable(unavailable.RetryAfter),
        LinkOutcome.Unknown unknown => new AskAnswer.Unknown(unknown.Reason),
        _ => throw Invariant.Unreachable($"outcome {outcome.GetType().Name}"),
    };

    public LinkFrame.Doorbell Encode(Doorbell bell)
    {
        var mail = ImmutableArray.CreateBuilder<LinkMail>(bell.Mail.Length);
        var bytes = 0;
        foreach (var message in bell.Mail)
        {
            var body = Encode(message.Command);
            bytes += body.Body.Length;
            if (bytes > DoorbellBytesMax)
            {
                return new LinkFrame.Doorbell(bell.Source, bell.Target, 0, 0, []);
            }

            mail.Add(new LinkMail(message.Id, message.To, message.DueAt, message.TimerName, body, message.Meta));
        }

        return new LinkFrame.Doorbell(bell.Source, bell.Target, bell.Previous, bell.Last, mail.ToImmutable());
    }

    public Doorbell Decode(LinkFrame.Doorbell bell) => new(
        bell.Source,
        bell.To,
        bell.Previous,
        bell.Last,
        [.. bell.Mail.Select(m => new OutgoingMail
        {
            Id = m.Id,
            To = m.To,
            ToShard = bell.To,
            Command = Decode(m.Body),
            Bytes = m.Body.Body.Length,
            DueAt = m.DueAt,
            TimerName = m.TimerName,
            Meta = m.Meta,
        })]);

    private LinkEffect Encode(Effect effect) => effect switch
    {
        Effect.Claim claim => new LinkEffect(LinkEffectKind.Claim, claim.Space, claim.Value),
        Effect.Release release => new LinkEffect(LinkEffectKind.Release, release.Space, release.Value),
        Effect.SetTimer timer => new LinkEffect(LinkEffectKind.SetTimer, timer.Name, "", timer.Due, Encode(timer.Command)),
        Effect.CancelTimer timer => new LinkEffect(LinkEffectKind.CancelTimer, timer.Name, ""),
        Effect.Activity activity => new LinkEffect(LinkEffectKind.Activity, activity.Name, activity.Token, activity.Patience, Encode(activity.Input)),
        Effect.Nudge nudge => new LinkEffect(LinkEffectKind.Nudge, nudge.Reconciler, nudge.Key),
        _ => throw Invariant.Unreachable($"effect {effect.GetType().Name} does not travel"),
    };

    // Null: a kind of a later release, or one without what belongs to it.
    private Effect? Decode(LinkEffect effect) => effect switch
    {
        { Kind: LinkEffectKind.Claim } => new Effect.Claim(effect.Name, effect.Value),
        { Kind: LinkEffectKind.Release } => new Effect.Release(effect.Name, effect.Value),
        { Kind: LinkEffectKind.SetTimer, Body: { } command } => new Effect.SetTimer(effect.Name, effect.Span ?? TimeSpan.Zero, Decode(command)),
        { Kind: LinkEffectKind.CancelTimer } => new Effect.CancelTimer(effect.Name),
        { Kind: LinkEffectKind.Activity, Body: { } input } => new Effect.Activity(effect.Name, effect.Value, Decode(input)) { Patience = effect.Span },
        { Kind: LinkEffectKind.Nudge } => new Effect.Nudge(effect.Name, effect.Value),
        _ => null,
    };
}
