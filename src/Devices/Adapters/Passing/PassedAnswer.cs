using System.IO.Compression;
using System.Text.Json;
using RawOutcome = Gantry.Devices.DeviceOutcome<System.ReadOnlyMemory<byte>>;

namespace Gantry.Devices;

/// <summary>What came of a passed call, on its way back to the node that asked.</summary>
public sealed record PassedAnswer
{
    // As text it grows by a third, and the whole has to stay below 512 KiB. Lists of a thousand groups are a tenth of their size when packed.
    private const int PackedBytesMax = 360 * 1024;

    // Below it, packing costs more than it saves.
    private const int PackFrom = 16 * 1024;

    /// <summary>The kind of outcome; <c>moved</c> when the node asked is not the holder.</summary>
    public required PassedEnd End { get; init; }

    /// <summary>HTTP status, where there was one.</summary>
    public int Status { get; init; }

    /// <summary>The device's error code.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>Its message, or why there is no answer.</summary>
    public string Text { get; init; } = "";

    /// <summary>Since when the device cannot be reached.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>How long to wait when overloaded.</summary>
    public TimeSpan RetryAfter { get; init; }

    /// <summary>There is no answer because the connection broke, not because the deadline passed.</summary>
    public bool IsBroken { get; init; }

    /// <summary>Body of an answer.</summary>
    public byte[]? Body { get; init; }

    /// <summary>The body is packed.</summary>
    public bool IsPacked { get; init; }

    /// <summary>How the device stands for its holder, after the call; null where only the way to the holder can tell something.</summary>
    public DeviceStatus? Standing { get; init; }

    /// <summary>The node asked does not hold the device's connections, or no more.</summary>
    public static PassedAnswer Moved { get; } = new() { End = PassedEnd.Moved };

    /// <summary>Its form on a link.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, PassingJson.Default.PassedAnswer);

    /// <summary>Reads that form.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static PassedAnswer From(ReadOnlySpan<byte> bytes) =>
        JsonSerializer.Deserialize(bytes, PassingJson.Default.PassedAnswer) ?? throw new JsonException("null is no answer");

    /// <summary>Puts an outcome into it. An answer that does not fit a link even when packed is <c>Garbled</c>, and says so.</summary>
    public static PassedAnswer Of(RawOutcome outcome) => outcome switch
    {
        RawOutcome.Answered a => Of(a.Status, a.Value),
        RawOutcome.Rejected r => new PassedAnswer { End = PassedEnd.Rejected, Status = r.Status, ErrorCode = r.ErrorCode, Text = r.Message },
        RawOutcome.Unreachable u => new PassedAnswer { End = PassedEnd.Unreachable, Text = u.Why, Since = u.Since },
        RawOutcome.NoAnswer n => new PassedAnswer { End = PassedEnd.NoAnswer, Text = n.Why, IsBroken = n.IsBroken },
        RawOutcome.Garbled g => new PassedAnswer { End = PassedEnd.Garbled, Status = g.Status, Text = g.Why },
        RawOutcome.Overloaded o => new PassedAnswer { End = PassedEnd.Overloaded, Text = o.Why, RetryAfter = o.RetryAfter },
        _ => throw new InvalidOperationException("no such outcome"),
    };

    /// <summary>The outcome in it.</summary>
    public RawOutcome ToOutcome() => End switch
    {
        PassedEnd.Answered => IsPacked ? Unpack() : new RawOutcome.Answered(Status, Body),
        PassedEnd.Rejected => new RawOutcome.Rejected(Status, ErrorCode, Text),
        PassedEnd.Unreachable => new RawOutcome.Unreachable(Text, Since),
        PassedEnd.NoAnswer => new RawOutcome.NoAnswer(Text) { IsBroken = IsBroken },
        PassedEnd.Garbled => new RawOutcome.Garbled(Status, Text),
        PassedEnd.Overloaded => new RawOutcome.Overloaded(RetryAfter, Text),
        _ => new RawOutcome.Overloaded(AdapterLimits.RetryAfter, "the device's connections are moving between nodes"),
    };

    private static PassedAnswer Of(int status, ReadOnlyMemory<byte> body)
    {
        var isPacked = body.Length >= PackFrom;
        var bytes = isPacked ? Pack(body) : body.ToArray();
        return bytes.Length <= PackedBytesMax
            ? new PassedAnswer { End = PassedEnd.Answered, Status = status, Body = bytes, IsPacked = isPacked }
            : new PassedAnswer
            {
                End = PassedEnd.Garbled,
                Status = status,
                Text = $"the answer of {body.Length} bytes is too large to pass between nodes; ask the node that holds the device",
            };
    }

    private static byte[] Pack(ReadOnlyMemory<byte> body)
    {
        using var packed = new MemoryStream();
        using (var packing = new BrotliStream(packed, CompressionLevel.Fastest))
        {
            packing.Write(body.Span);
        }

        return packed.ToArray();
    }

    private RawOutcome Unpack()
    {
        try
        {
            using var source = new MemoryStream(Body ?? []);
            using var packed = new BrotliStream(source, CompressionMode.Decompress);
            using var body = new MemoryStream();
            var piece = new byte[64 * 1024];
            while (packed.Read(piece) is var count and > 0)
            {
                if (body.Length + count > AdapterLimits.AnswerBytesMax)
                {
                    return new RawOutcome.Garbled(Status, "the passed answer is larger than any device's");
                }

                body.Write(piece, 0, count);
            }

            return new RawOutcome.Answered(Status, body.ToArray());
        }
        catch (InvalidDataException e)
        {
            return DeviceOutcomes.Unreadable<ReadOnlyMemory<byte>>(Status, e);
        }
    }
}

/// <summary>Kinds of <see cref="PassedAnswer"/>: those of <see cref="DeviceOutcome{T}"/>, and one more.</summary>
public enum PassedEnd
{
    /// <summary>The node asked does not hold the device's connections.</summary>
    Moved,

    /// <summary>A 2xx answer.</summary>
    Answered,

    /// <summary>A 4xx or 5xx answer.</summary>
    Rejected,

    /// <summary>Certainly nothing was done.</summary>
    Unreachable,

    /// <summary>It may have been done.</summary>
    NoAnswer,

    /// <summary>An answer that cannot be read.</summary>
    Garbled,

    /// <summary>Nothing was done, and nothing is known of the device.</summary>
    Overloaded,
}
