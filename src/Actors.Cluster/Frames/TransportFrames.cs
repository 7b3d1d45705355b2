namespace Gantry.Actors.Cluster;

/// <summary>Who opens a stream, and whom it means.</summary>
/// <param name="Version">Of the frames; see <see cref="LinkLimits.Version"/>.</param>
/// <param name="From">The run of the opener.</param>
/// <param name="NodeId">Its name; its certificate must have the same.</param>
/// <param name="To">The run it means.</param>
internal sealed record Hello(int Version, Incarnation From, string NodeId, Incarnation To);

/// <summary>The transport's own frames.</summary>
internal static class TransportFrames
{
    public static byte[] Ping(long number) => Of(FrameKind.Ping, number);

    public static byte[] Pong(long number) => Of(FrameKind.Pong, number);

    public static byte[] Credit(long count) => Of(FrameKind.Credit, count);

    public static byte[] Welcome(long credit) => Of(FrameKind.Welcome, credit);

    public static byte[] Unwelcome(string why)
    {
        var writer = new FrameWriter(FrameKind.Unwelcome);
        writer.Text(why);
        return writer.Finish();
    }

    public static byte[] Hello(Hello hello)
    {
        var writer = new FrameWriter(FrameKind.Hello);
        writer.Number(hello.Version);
        writer.Id(hello.From.Value);
        writer.Text(hello.NodeId);
        writer.Id(hello.To.Value);
        return writer.Finish();
    }

    public static Hello ReadHello(ReadOnlySpan<byte> payload)
    {
        var r = new FrameReader(payload);
        var kind = (FrameKind)r.Byte();
        return kind == FrameKind.Hello
            ? new Hello(r.Small(), new Incarnation(r.Id()), r.Text(), new Incarnation(r.Id()))
            : throw new FrameException($"a stream begins with a hello, not with {kind}");
    }

    public static (FrameKind Kind, long Number, string? Text) Read(ReadOnlySpan<byte> payload)
    {
        var r = new FrameReader(payload);
        var kind = (FrameKind)r.Byte();
        return kind switch
        {
            FrameKind.Unwelcome => (kind, 0, r.Text()),
            FrameKind.Ping or FrameKind.Pong or FrameKind.Credit or FrameKind.Welcome => (kind, r.Number(), null),
            _ => (kind, 0, null),
        };
    }

    private static byte[] Of(FrameKind kind, long number)
    {
        var writer = new FrameWriter(kind);
        writer.Number(number);
        return writer.Finish();
    }
}
