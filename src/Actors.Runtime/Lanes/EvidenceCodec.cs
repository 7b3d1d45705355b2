using System.Text.Json;
using System.Text.Json.Serialization;
using Gantry.Actors.Kernel;

namespace Gantry.Actors.Runtime;

/// <summary>Writes inputs of a lane so that the very same ones can be read back by whoever has the same model.</summary>
internal sealed class EvidenceCodec
{
    private static readonly Dictionary<string, Type> Inputs =
        typeof(LaneEvent).GetNestedTypes().Where(t => t.IsSubclassOf(typeof(LaneEvent))).ToDictionary(t => t.Name);

    private readonly JsonSerializerOptions _options;

    public EvidenceCodec(WireRegistry wire) => _options = new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        TypeInfoResolver = EvidenceJson.Default,
        Converters = { new BodyConverter(wire), new ReplyConverter(), new FoundMailConverter() },
    };

    public EvidenceLine Encode(long step, in LaneInput input) => new(
        step, input.Now, input.What.GetType().Name, JsonSerializer.SerializeToElement(input.What, _options.GetTypeInfo(input.What.GetType())));

    /// <summary>The input of a line.</summary>
    /// <exception cref="JsonException">The line is not of this form.</exception>
    /// <exception cref="WireException">It holds a record that this release does not know.</exception>
    public LaneInput Decode(EvidenceLine line)
    {
        if (!Inputs.TryGetValue(line.Input, out var type))
        {
            throw new JsonException($"no input is named {line.Input}");
        }

        var what = line.Data.Deserialize(_options.GetTypeInfo(type)) as LaneEvent;
        return new LaneInput(line.Now, what ?? throw new JsonException("there is no input"));
    }

    // Secrets have no wire form on purpose: of them only the name is kept.
    private sealed class BodyConverter(WireRegistry wire) : JsonConverter<object>
    {
        public override bool CanConvert(Type typeToConvert) => typeToConvert == typeof(object);

        public override object? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            var element = document.RootElement;
            if (element.TryGetProperty("unwritten", out var name))
            {
                return new Unwritten(name.GetString() ?? "");
            }

            if (!element.TryGetProperty("tag", out var tag) || !element.TryGetProperty("version", out var version) || !element.TryGetProperty("body", out var body))
            {
                throw new JsonException("a body has tag, version and body");
            }

            return wire.Decode(tag.GetString() ?? "", version.GetInt32(), JsonSerializer.SerializeToUtf8Bytes(body, RuntimeJson.Default.JsonElement));
        }

        public override void Write(Utf8JsonWriter writer, object value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            if (TryEncode(value) is { } body)
            {
                writer.WriteString("tag", body.Tag);
                writer.WriteNumber("version", body.Version);
                writer.WritePropertyName("body");
                writer.WriteRawValue(body.Body);
            }
            else
            {
                writer.WriteString("unwritten", value.GetType().Name);
            }

            writer.WriteEndObject();
        }

        private WireBody? TryEncode(object value)
        {
            try
            {
                return wire.Encode(value);
            }
            catch (Exception)
            {
                return null;
            }
        }
    }

    private sealed class ReplyConverter : JsonConverter<Reply>
    {
        public override Reply Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            RefusedReply.Unpack(JsonSerializer.Deserialize(ref reader, options.GetTypeInfo(typeof(object))) ?? throw new JsonException("there is no reply"));

        public override void Write(Utf8JsonWriter writer, Reply value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, RefusedReply.Carry(value), options.GetTypeInfo(typeof(object)));
    }

    private sealed class FoundMailConverter : JsonConverter<FoundMail>
    {
        public override FoundMail Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var form = JsonSerializer.Deserialize(ref reader, options.GetTypeInfo(typeof(FoundMailForm))) as FoundMailForm
                ?? throw new JsonException("there is no message");
            return new FoundMail
            {
                Id = form.Id,
                To = form.To,
                ToShard = form.ToShard,
                DueAt = form.DueAt,
                TimerName = form.TimerName,
                Loads = form.Loads,
                Bytes = form.Bytes,
                Read = () => form is { Command: { } command, Meta: { } meta }
                    ? new MailContent(command, meta)
                    : throw new WireException(form.Unreadable ?? "it was not written"),
            };
        }

        public override void Write(Utf8JsonWriter writer, FoundMail value, JsonSerializerOptions options)
        {
            var (content, unreadable) = Content(value);
            var form = new FoundMailForm(
                value.Id, value.To, value.ToShard, value.DueAt, value.TimerName, value.Loads, value.Bytes, content?.Command, content?.Meta, unreadable);
            JsonSerializer.Serialize(writer, form, options.GetTypeInfo(typeof(FoundMailForm)));
        }

        private static (MailContent? Content, string? Unreadable) Content(FoundMail mail)
        {
            try
            {
                return (mail.Read(), null);
            }
            catch (Exception e)
            {
                return (null, e.Message);
            }
        }
    }
}
