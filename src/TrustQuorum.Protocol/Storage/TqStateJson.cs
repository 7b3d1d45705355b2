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
        json.WritePropertyName("lrtq"u8);
        LrtqJson.Write(json, state.Lrtq);
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
            KeyShareJson.Write(json, share);
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
        catch (Exception e) when (JsonWalk.IsDamage(e))
        {
            throw JsonWalk.Damaged("the state file", e);
        }
    }

    private static string Key(ulong epoch) => epoch.ToString(CultureInfo.InvariantCulture);

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
        JsonWalk.Expect(ref reader, JsonTokenType.StartObject);
        while (JsonWalk.NextProperty(ref reader, out var name))
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
        while (JsonWalk.NextProperty(ref reader, out var name))
        {
            switch (name)
            {
                case "lrtq":
                    lrtq = reader.TokenType == JsonTokenType.Null ? null : LrtqJson.Read(ref reader);
                    break;
                case "configs":
                    while (JsonWalk.NextProperty(ref reader, out _))
                    {
                        configs.Add(JsonSerializer.Deserialize(ref reader, TqJson.Default.TqConfiguration) ?? throw new JsonException());
                    }

                    break;
                case "shares":
                    while (JsonWalk.NextProperty(ref reader, out var epoch))
                    {
                        shares.Add(new(ulong.Parse(epoch, CultureInfo.InvariantCulture), KeyShareJson.Read(ref reader)));
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

    private static TqExpunged ReadExpunged(ref Utf8JsonReader reader)
    {
        ulong? epoch = null;
        BaseboardId? from = null;
        while (JsonWalk.NextProperty(ref reader, out var name))
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
}
