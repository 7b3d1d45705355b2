using Gantry.Actors.Runtime;
using Gantry.Primitives;

namespace Gantry.Actors.Cluster;

/// <summary>How an outcome stands in a frame.</summary>
internal static class OutcomeForm
{
    private enum Case : byte
    {
        Accepted = 1,
        Tried = 2,
        Refused = 3,
        Overloaded = 4,
        Unavailable = 5,
        Unknown = 6,
    }

    public static void Write(FrameWriter w, LinkOutcome outcome)
    {
        switch (outcome)
        {
            case LinkOutcome.Accepted accepted:
                w.Byte((byte)Case.Accepted);
                FrameCodec.Body(w, accepted.Value);
                w.Number(accepted.Revision);
                w.Flag(accepted.IsReplay);
                break;
            case LinkOutcome.Tried tried:
                w.Byte((byte)Case.Tried);
                FrameCodec.Body(w, tried.Value);
                w.Number(tried.Revision);
                w.Many(tried.Events, FrameCodec.Body);
                w.Many(tried.Posts, Post);
                w.Many(tried.Others, Other);
                break;
            case LinkOutcome.Refused refused:
                w.Byte((byte)Case.Refused);
                FrameCodec.Json(w, new RefusedReply(refused.Why), EngineJson.Default.RefusedReply);
                break;
            case LinkOutcome.Overloaded overloaded:
                w.Byte((byte)Case.Overloaded);
                w.Span(overloaded.RetryAfter);
                break;
            case LinkOutcome.Unavailable unavailable:
                w.Byte((byte)Case.Unavailable);
                w.Span(unavailable.RetryAfter);
                break;
            case LinkOutcome.Unknown unknown:
                w.Byte((byte)Case.Unknown);
                w.Text(unknown.Reason);
                break;
            default:
                throw Invariant.Unreachable($"outcome {outcome.GetType().Name}");
        }
    }

    public static LinkOutcome Read(ref FrameReader r) => (Case)r.Byte() switch
    {
        Case.Accepted => new LinkOutcome.Accepted(FrameCodec.Body(ref r), r.Number(), r.Flag()),
        Case.Tried => new LinkOutcome.Tried(FrameCodec.Body(ref r), r.Number(), r.Many(FrameCodec.Body), r.Many(Post))
        {
            Others = r.Left > 0 ? r.Many(Other) : [],
        },
        Case.Refused => new LinkOutcome.Refused(FrameCodec.Json(ref r, EngineJson.Default.RefusedReply).Why),
        Case.Overloaded => new LinkOutcome.Overloaded(r.Span()),
        Case.Unavailable => new LinkOutcome.Unavailable(r.Span()),
        Case.Unknown => new LinkOutcome.Unknown(r.Text()),
        var other => throw new FrameException($"no outcome is {other}"),
    };

    private static void Post(FrameWriter w, LinkPost post)
    {
        w.Text(post.To.ToString());
        FrameCodec.Body(w, post.Body);
        w.Span(post.Delay);
        w.TextOrNull(post.ReplyToken);
    }

    private static LinkPost Post(ref FrameReader r) => new(FrameCodec.Address(ref r), FrameCodec.Body(ref r), r.Span(), r.TextOrNull());

    private static void Other(FrameWriter w, LinkEffect effect)
    {
        w.Byte((byte)effect.Kind);
        w.Text(effect.Name);
        w.Text(effect.Value);
        w.SpanOrNull(effect.Span);
        w.Flag(effect.Body is not null);
        if (effect.Body is { } body)
        {
            FrameCodec.Body(w, body);
        }
    }

    private static LinkEffect Other(ref FrameReader r) =>
        new((LinkEffectKind)r.Byte(), r.Text(), r.Text(), r.SpanOrNull(), r.Flag() ? FrameCodec.Body(ref r) : null);
}
