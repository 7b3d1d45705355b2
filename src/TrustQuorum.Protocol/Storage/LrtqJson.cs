using System.Text.Json;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>Node data of the older scheme (tq 2.7): a part of the node's state once imported, a file of its own before.</summary>
internal static class LrtqJson
{
    public static void Write(Utf8JsonWriter json, LrtqShareData? lrtq)
    {
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
        KeyShareJson.Write(json, lrtq.Share);
        json.WriteStartArray("share_digests"u8);
        foreach (var digest in lrtq.ShareDigests)
        {
            json.WriteStringValue(digest.ToString());
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="Write"/> wrote, from a reader that stands on its beginning.</summary>
    public static LrtqShareData Read(ref Utf8JsonReader reader)
    {
        RackId? rack = null;
        byte threshold = 0;
        KeyShare? share = null;
        var digests = new HashSet<ShareDigest>();
        while (JsonWalk.NextProperty(ref reader, out var name))
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
                    share = KeyShareJson.Read(ref reader);
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

    /// <summary>Reads a file that holds nothing else.</summary>
    /// <exception cref="TqWireException">The bytes are not that, or the share is not one that its digests vouch for.</exception>
    public static LrtqShareData Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var reader = new Utf8JsonReader(bytes);
            JsonWalk.Expect(ref reader, JsonTokenType.StartObject);
            var lrtq = Read(ref reader);
            Invariant.Check(lrtq.Threshold >= QuorumSizes.ThresholdMin, "an LRTQ threshold is 2 or more");
            Invariant.Check(lrtq.ShareDigests.Contains(lrtq.Share.Digest()), "an LRTQ share is one of those its digests name");
            return lrtq;
        }
        catch (Exception e) when (JsonWalk.IsDamage(e))
        {
            throw JsonWalk.Damaged("the LRTQ share file", e);
        }
    }
}
