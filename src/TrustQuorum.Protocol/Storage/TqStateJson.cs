using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// The disk form <c>{"generation", "state"}</c> (tq 4.1). The only JSON in which shares are written, by hand and into pinned memory, so that
/// no serializer setting can spread them.
/// </summary>
internal static class TqStateJson
{
    public static void Write(IBufferWriter<byte> target, ulong generation, TqPersistentState state)
    {
        using var json = new Utf8JsonWriter(target);
        json.WriteStartObject();
        json.WriteNumber("generation"u8, generation);
        json.WriteStartObject("state"u8);
        WriteLrtq(json, state.Lrtq);
        json.WriteStartObject("configs"u8);
        foreach (var (epoch, config) in state.Configs)
        {
            json.WritePropertyName(Key(epoch));
            JsonSerializer.Serialize(json, config, TqJson.Default.TqConfiguration);
        }

        json.WriteEndObject();
        json.WriteStartObject("shares"u8);
        foreach (var (epoch, share) in state.Shares)
        {
            json.WritePropertyName(Key(epoch));
            WriteShare(json, share);
        }

        json.WriteEndObject();
        json.WriteStartArray("commits"u8);
        foreach (var epoch in state.Commits)
        {
            json.WriteNumberValue(epoch);
        }

        json.WriteEndArray();
        json.WritePropertyName("expunged"u8);
        WriteExpunged(json, state.Expunged);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="TqWireException">The bytes are not that.</exception>
    public static (ulong Generation, TqPersistentState State) Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var reader = new Utf8JsonReader(bytes);
            return ReadFile(ref reader);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or OverflowException
            or InvariantException or ArgumentException)
        {
            // The message of a parser may quote what it read: only its kind is told.
            throw new TqWireException($"the state file is damaged ({e.GetType().Name})");
        }
    }

    private static string Key(ulong epoch) => epoch.ToString(CultureInfo.InvariantCulture);

    private static void WriteLrtq(Utf8JsonWriter json, LrtqShareData? lrtq)
    {
        json.WritePropertyName("lrtq"u8);
        if (lrtq is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        json.WriteString("rack_uuid"u8, lrtq.RackId.Value);
        json.WriteNumber("epoch"u8, 0);
        json.WriteNumber("threshold"u8, lrtq.Threshold);
        json.WritePropertyName("share"u8);
        WriteShare(json, lrtq.Share);
        json.WriteStartArray("share_digests"u8);
        foreach (var digest in lrtq.ShareDigests)
        {
            json.WriteStringValue(digest.ToString());
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteShare(Utf8JsonWriter json, KeyShare share)
    {
        json.WriteStartObject();
        json.WriteNumber("x_coordinate"u8, share.X);
        json.WriteStartArray("y_coordinates"u8);
        foreach (var y in share.Y)
        {
            json.WriteNumberValue(y);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteExpunged(Utf8JsonWriter json, TqExpunged? expunged)
    {
        if (expunged is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        json.WriteNumber("epoch"u8, expunged.Epoch);
        json.WriteString("from"u8, expunged.From.ToString());
        json.WriteEndObject();
    }

    private static (ulong Generation, TqPersistentState State) ReadFile(ref Utf8JsonReader reader)
    {
        ulong? generation = null;
        TqPersistentState? state = null;
        Expect(ref reader, JsonTokenType.StartObject);
        while (NextProperty(ref reader, out var name))
        {
            switch (name)
            {
                case "generation":
                    generation = reader.GetUInt64();
                    break;
                case "state":
                    state = ReadState(ref reader);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return generation is { } g && state is not null ? (g, state) : throw new TqWireException("the state file lacks generation or state");
    }

    private static TqPersistentState ReadState(ref Utf8JsonReader reader)
    {
        LrtqShareData? lrtq = null;
        var configs = new List<TqConfiguration>();
        var shares = new List<KeyValuePair<ulong, KeyShare>>();
        var commits = new List<ulong>();
        TqExpunged? expunged = null;
        while (NextProperty(ref reader, out var name))
        {
            switch (name)
            {
                case "lrtq":
                    lrtq = reader.TokenType == JsonTokenType.Null ? null : ReadLrtq(ref reader);
                    break;
                case "configs":
                    while (NextProperty(ref reader, out _))
                    {
                        configs.Add(JsonSerializer.Deserialize(ref reader, TqJson.Default.TqConfiguration) ?? throw new JsonException());
                    }

                    break;
                case "shares":
                    while (NextProperty(ref reader, out var epoch))
                    {
                        shares.Add(new(ulong.Parse(epoch, CultureInfo.InvariantCulture), ReadShare(ref reader)));
                    }

                    break;
                case "commits":
                    while (reader.Read() && reader.TokenType == JsonTokenType.Number)
                    {
                        commits.Add(reader.GetUInt64());
                    }

                    break;
                case "expunged":
                    expunged = reader.TokenType == JsonTokenType.Null ? null : ReadExpunged(ref reader);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return TqPersistentState.Of(lrtq, configs, shares, commits, expunged);
    }

    private static LrtqShareData ReadLrtq(ref Utf8JsonReader reader)
    {
        RackId? rack = null;
        byte threshold = 0;
        KeyShare? share = null;
        var digests = new HashSet<ShareDigest>();
        while (NextProperty(ref reader, out var name))
        {
            switch (name)
            {
                case "rack_uuid":
                    rack = new RackId(reader.GetGuid());
                    break;
                case "threshold":
                    threshold = reader.GetByte();
                    break;
                case "share":
                    share = ReadShare(ref reader);
                    break;
                case "share_digests":
                    while (reader.Read() && reader.TokenType == JsonTokenType.String)
                    {
                        digests.Add(ShareDigest.TryParse(reader.GetString(), out var digest) ? digest : throw new JsonException());
                    }

                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new LrtqShareData
        {
            RackId = rack ?? throw new JsonException(),
            Threshold = threshold,
            Share = share ?? throw new JsonException(),
            ShareDigests = [.. digests],
        };
    }

    private static KeyShare ReadShare(ref Utf8JsonReader reader)
    {
        byte? x = null;
        using var y = SecretBytes.Create(byte.MaxValue);
        var length = 0;
        while (NextProperty(ref reader, out var name))
        {
            switch (name)
            {
                case "x_coordinate":
                    x = reader.GetByte();
                    break;
                case "y_coordinates":
                    while (reader.Read() && reader.TokenType == JsonTokenType.Number)
                    {
                        y.Span[length++] = reader.GetByte();
                    }

                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var share = KeyShare.Blank(x ?? throw new JsonException(), length);
        y.Span[..length].CopyTo(share.WritableY);
        return share;
    }

    private static TqExpunged ReadExpunged(ref Utf8JsonReader reader)
    {
        ulong? epoch = null;
        BaseboardId? from = null;
        while (NextProperty(ref reader, out var name))
        {
            if (name == "epoch")
            {
                epoch = reader.GetUInt64();
            }
            else if (name == "from")
            {
                _ = BaseboardId.TryParse(reader.GetString() ?? "", out from);
            }
            else
            {
                reader.Skip();
            }
        }

        return epoch is { } e && from is not null ? new TqExpunged(e, from) : throw new JsonException();
    }

    // Stands on the value afterwards; false at the end of the object.
    private static bool NextProperty(ref Utf8JsonReader reader, out string name)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.PropertyName)
        {
            name = "";
            return false;
        }

        name = reader.GetString() ?? "";
        return reader.Read();
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (!reader.Read() || reader.TokenType != type)
        {
            throw new JsonException();
        }
    }
}
