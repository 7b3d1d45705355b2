using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>Alarms as objects of one key (tq 4.12).</summary>
internal sealed class TqAlarmJsonConverter : JsonConverter<TqAlarm>
{
    private static readonly CombineErrorJsonConverter Combine = new();
    private static readonly DecryptionErrorJsonConverter Decryption = new();

    public override TqAlarm Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var alarm = document.RootElement.ValueKind == JsonValueKind.Object
            ? document.RootElement.EnumerateObject().FirstOrDefault()
            : throw new JsonException("an alarm is an object of one key");
        try
        {
            var body = alarm.Value;
            return alarm.Name switch
            {
                "mismatched_configurations" => new TqAlarm.MismatchedConfigurations(
                    Config(body, "config1"), Config(body, "config2"), body.GetProperty("from").GetString() ?? ""),
                "share_computation_failed" => new TqAlarm.ShareComputationFailed(Epoch(body), Word(body.GetProperty("err"), Combine)),
                "committed_configuration_lost" => new TqAlarm.CommittedConfigurationLost(
                    body.GetProperty("latest_committed_epoch").GetUInt64(), body.GetProperty("collecting_epoch").GetUInt64()),
                "rack_secret_decryption_failed" => new TqAlarm.RackSecretDecryptionFailed(
                    Epoch(body), Word(body.GetProperty("err"), Decryption)),
                "rack_secret_reconstruction_failed" => new TqAlarm.RackSecretReconstructionFailed(
                    Epoch(body),
                    new TqReconstructError(body.GetProperty("err").TryGetProperty("combine", out var why) ? Word(why, Combine) : null)),
                _ => throw new JsonException($"there is no alarm \"{alarm.Name}\""),
            };
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new JsonException($"alarm \"{alarm.Name}\" lacks a field: {e.Message}", e);
        }
    }

    public override void Write(Utf8JsonWriter writer, TqAlarm value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        writer.WriteStartObject(value.Name);
        switch (value)
        {
            case TqAlarm.MismatchedConfigurations m:
                writer.WritePropertyName("config1"u8);
                JsonSerializer.Serialize(writer, m.Stored, TqJson.Default.TqConfiguration);
                writer.WritePropertyName("config2"u8);
                JsonSerializer.Serialize(writer, m.Received, TqJson.Default.TqConfiguration);
                writer.WriteString("from"u8, m.From);
                break;
            case TqAlarm.ShareComputationFailed s:
                writer.WriteNumber("epoch"u8, s.Epoch);
                writer.WriteString("err"u8, Combine.WordOf(s.Error));
                break;
            case TqAlarm.CommittedConfigurationLost c:
                writer.WriteNumber("latest_committed_epoch"u8, c.LatestCommittedEpoch);
                writer.WriteNumber("collecting_epoch"u8, c.CollectingEpoch);
                break;
            case TqAlarm.RackSecretDecryptionFailed d:
                writer.WriteNumber("epoch"u8, d.Epoch);
                writer.WriteString("err"u8, Decryption.WordOf(d.Error));
                break;
            case TqAlarm.RackSecretReconstructionFailed r:
                writer.WriteNumber("epoch"u8, r.Epoch);
                writer.WriteStartObject("err"u8);
                WriteReconstruct(writer, r.Error);
                writer.WriteEndObject();
                break;
            default:
                break;
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteReconstruct(Utf8JsonWriter writer, TqReconstructError error)
    {
        if (error.Combine is { } combine)
        {
            writer.WriteString("combine"u8, Combine.WordOf(combine));
        }
        else
        {
            writer.WriteNull("size"u8);
        }
    }

    private static ulong Epoch(JsonElement body) => body.GetProperty("epoch").GetUInt64();

    private static TqConfiguration Config(JsonElement body, string name) =>
        body.GetProperty(name).Deserialize(TqJson.Default.TqConfiguration) ?? throw new JsonException($"{name} is null");

    private static T Word<T>(JsonElement element, WordJsonConverter<T> converter) where T : struct, Enum
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(element, TqElementJson.Default.JsonElement);
        var reader = new Utf8JsonReader(bytes);
        reader.Read();
        return converter.Read(ref reader, typeof(T), TqElementJson.Default.Options);
    }
}

/// <summary>For reading words out of a parsed alarm.</summary>
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class TqElementJson : JsonSerializerContext;
