using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gantry.Actors.Runtime;
using Gantry.Primitives;

namespace Gantry.Actors.Cluster;

/// <summary>Turns frames of the engine into bytes and back. Pure. Members are only ever added at the end of a kind (engine 2.6).</summary>
internal static class FrameCodec
{
    public static byte[] Encode(LinkFrame frame) => frame switch
    {
        LinkFrame.Ask ask => Write(FrameKind.Ask, w => Ask(w, ask)),
        LinkFrame.Answer answer => Write(FrameKind.Answer, w =>
        {
            w.Number(answer.Id);
            OutcomeForm.Write(w, answer.Outcome);
        }),
        LinkFrame.Moved moved => Write(FrameKind.Moved, w =>
        {
            w.Number(moved.AskId);
            w.Number(moved.Shard.Value);
            w.Flag(moved.Owner is not null);
            w.Id(moved.Owner?.Value ?? Guid.Empty);
            w.Number(moved.Epoch);
        }),
        LinkFrame.Doorbell bell => Write(FrameKind.Doorbell, w =>
        {
            w.Number(bell.Source.Value);
            w.Number(bell.To.Value);
            w.Number(bell.Previous);
            w.Number(bell.Last);
            w.Many(bell.Mail, Mail);
        }),
        LinkFrame.Prepare prepare => Write(FrameKind.Prepare, w =>
        {
            w.Number(prepare.Shard.Value);
            w.Number(prepare.Epoch);
            w.Many(prepare.Hot, (to, address) => to.Text(address.ToString()));
        }),
        LinkFrame.Ready ready => Write(FrameKind.Ready, w =>
        {
            w.Number(ready.Shard.Value);
            w.Number(ready.Epoch);
        }),
        LinkFrame.Go go => Write(FrameKind.Go, w =>
        {
            w.Number(go.Shard.Value);
            w.Number(go.Epoch);
            w.Many(go.Buffered, Ask);
            if (go.IsHeld)
            {
                w.Flag(go.IsHeld);
            }
        }),
        LinkFrame.Nudge nudge => Write(FrameKind.Nudge, w =>
        {
            w.Text(nudge.Reconciler);
            w.TextOrNull(nudge.Key);
            w.Flag(nudge.ForgetBackoff);
            w.TextOrNull(nudge.Trace);
            if (nudge.Hops > 0)
            {
                w.Number(nudge.Hops);
            }
        }),
        LinkFrame.Inquire inquire => Write(FrameKind.Inquire, w =>
        {
            w.Number(inquire.Id);
            w.Text(inquire.What);
            w.Bytes(inquire.Body);
            w.Span(inquire.Remaining);
        }),
        LinkFrame.Told told => Write(FrameKind.Told, w =>
        {
            w.Number(told.Id);
            w.Flag(told.IsKnown);
            w.Bytes(told.Body);
        }),
        _ => throw Invariant.Unreachable($"frame {frame.GetType().Name}"),
    };

    /// <summary>Reads a frame without its length. Null: a kind that this release does not know.</summary>
    /// <exception cref="FrameException">The bytes are no such frame.</exception>
    public static LinkFrame? Decode(ReadOnlySpan<byte> payload)
    {
        var r = new FrameReader(payload);
        try
        {
            return (FrameKind)r.Byte() switch
            {
                FrameKind.Ask => Ask(ref r),
                FrameKind.Answer => new LinkFrame.Answer(r.Number(), OutcomeForm.Read(ref r)),
                FrameKind.Moved => Moved(ref r),
                FrameKind.Doorbell => new LinkFrame.Doorbell(Shard(ref r), Shard(ref r), r.Number(), r.Number(), r.Many(Mail)),
                FrameKind.Prepare => new LinkFrame.Prepare(Shard(ref r), r.Number(), r.Many(Address)),
                FrameKind.Ready => new LinkFrame.Ready(Shard(ref r), r.Number()),
                FrameKind.Go => new LinkFrame.Go(Shard(ref r), r.Number(), r.Many(Ask)) { IsHeld = r.Left > 0 && r.Flag() },
                FrameKind.Nudge => new LinkFrame.Nudge(r.Text(), r.TextOrNull(), r.Flag(), r.TextOrNull()) { Hops = r.Left > 0 ? r.Small() : 0 },
                FrameKind.Inquire => new LinkFrame.Inquire(r.Number(), r.Text(), r.Bytes(), r.Span()),
                FrameKind.Told => new LinkFrame.Told(r.Number(), r.Flag(), r.Bytes()),
                _ => null,
            };
        }
        catch (Exception e) when (e is FormatException or ArgumentException or JsonException or OverflowException)
        {
            throw new FrameException(e.Message);
        }
    }

    internal static void Body(FrameWriter w, LinkBody body)
    {
        w.Text(body.Tag);
        w.Number(body.Version);
        w.Bytes(body.Body);
    }

    internal static LinkBody Body(ref FrameReader r) => new(r.Text(), r.Small(), r.Bytes());

    internal static EntityAddress Address(ref FrameReader r) => EntityAddress.Parse(r.Text());

    internal static void Json<T>(FrameWriter w, T value, JsonTypeInfo<T> type) => w.Bytes(JsonSerializer.SerializeToUtf8Bytes(value, type));

    internal static T Json<T>(ref FrameReader r, JsonTypeInfo<T> type) where T : class =>
        JsonSerializer.Deserialize(r.Bytes(), type) ?? throw new FrameException($"{typeof(T).Name} is null");

    private static byte[] Write(FrameKind kind, Action<FrameWriter> members)
    {
        var writer = new FrameWriter(kind);
        members(writer);
        return writer.Finish();
    }

    private static ShardId Shard(ref FrameReader r) => r.Small() is >= 0 and var shard ? new ShardId(shard) : throw new FrameException("a shard is negative");

    private static void Ask(FrameWriter w, LinkFrame.Ask ask)
    {
        w.Number(ask.Id);
        w.Text(ask.To.ToString());
        Body(w, ask.Body);
        w.Text(ask.Key.Value);
        w.TextOrNull(ask.Digest);
        w.Byte((byte)ask.Caller.Kind);
        w.Text(ask.Caller.Id);
        w.TextOrNull(ask.Caller.FleetRole);
        w.NumberOrNull(ask.ExpectedRevision);
        w.NumberOrNull(ask.ExpectedGeneration);
        w.Span(ask.Remaining);
        w.Number(ask.Hops);
        w.Flag(ask.IsDryRun);
        w.Flag(ask.IsRepeat);
        w.TextOrNull(ask.Trace);
    }

    private static LinkFrame.Ask Ask(ref FrameReader r) => new()
    {
        Id = r.Number(),
        To = Address(ref r),
        Body = Body(ref r),
        Key = new CommandKey(r.Text()),
        Digest = r.TextOrNull(),
        Caller = Caller(ref r),
        ExpectedRevision = r.NumberOrNull(),
        ExpectedGeneration = r.NumberOrNull(),
        Remaining = r.Span(),
        Hops = r.Small(),
        IsDryRun = r.Flag(),
        IsRepeat = r.Flag(),
        Trace = r.TextOrNull(),
    };

    // Believed as it stands: a peer that authenticated on a node link has checked it (engine 10.5). No other listener reads principals.
    private static Principal Caller(ref FrameReader r)
    {
        var kind = (PrincipalKind)r.Byte();
        return Enum.IsDefined(kind) ? new Principal(kind, r.Text(), r.TextOrNull()) : throw new FrameException($"no principal has the kind {kind}");
    }

    private static LinkFrame.Moved Moved(ref FrameReader r)
    {
        var (ask, shard, isOwned, owner, epoch) = (r.Number(), Shard(ref r), r.Flag(), r.Id(), r.Number());
        return new LinkFrame.Moved(ask, shard, isOwned ? new Incarnation(owner) : null, epoch);
    }

    private static void Mail(FrameWriter w, LinkMail mail)
    {
        w.Number(mail.Id.SourceShard);
        w.Number(mail.Id.SourcePosition);
        w.Number(mail.Id.Ordinal);
        w.Text(mail.To.ToString());
        w.NumberOrNull(mail.DueAt?.UtcTicks);
        w.TextOrNull(mail.TimerName);
        Body(w, mail.Body);
        Json(w, mail.Meta, EngineJson.Default.MailMeta);
    }

    private static LinkMail Mail(ref FrameReader r) => new(
        new MailId(r.Small(), r.Number(), r.Small()),
        Address(ref r),
        r.NumberOrNull() is { } ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null,
        r.TextOrNull(),
        Body(ref r),
        Json(ref r, EngineJson.Default.MailMeta));
}
