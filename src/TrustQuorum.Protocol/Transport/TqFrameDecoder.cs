using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>Reads frames strictly: an unknown name, a missing field or a byte too many breaks the link. Shares go straight into pinned memory.</summary>
internal static class TqFrameDecoder
{
    private const int GuidSize = 16;
    private const int TextBytesMax = 4_096;

    /// <summary>Reads one whole frame.</summary>
    /// <exception cref="TqWireException">The bytes are no frame.</exception>
    public static TqFrame Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new CborDecoder(bytes);
        var frame = ReadFrame(ref reader);
        return reader.IsAtEnd ? frame : throw new TqWireException("a peer frame has bytes after its end");
    }

    private static TqFrame ReadFrame(ref CborDecoder reader)
    {
        if (reader.IsText)
        {
            reader.Name("Ping"u8);
            return new TqFrame.Ping();
        }

        var tag = Tag(ref reader);
        switch (tag)
        {
            case "Hello":
                return new TqFrame.Hello(Text(ref reader));
            case "Tq":
                reader.Map(2);
                var rack = new RackId(ReadGuid(ref reader, "rack_id"u8));
                reader.Name("kind"u8);
                return new TqFrame.Tq(rack, ReadMessage(ref reader));
            case "NetworkConfig":
                reader.Map(2);
                var generation = ReadUnsigned(ref reader, "generation"u8);
                var blob = ReadBytes(ref reader, "blob"u8);
                return blob.Length <= TqNetworkConfig.BlobBytesMax
                    ? new TqFrame.Network(new TqNetworkConfig(generation, blob.ToArray()))
                    : throw new TqWireException($"a network configuration has {blob.Length} bytes; at most {TqNetworkConfig.BlobBytesMax} are taken");
            case "ProxyRequest":
                var asked = ReadRequestId(ref reader, "op"u8);
                return new TqFrame.ProxyRequest(asked, ReadCall(ref reader));
            case "ProxyResponse":
                var answered = ReadRequestId(ref reader, "result"u8);
                return new TqFrame.ProxyResponse(answered, ReadAnswer(ref reader));
            default:
                throw Unknown();
        }
    }

    private static TqMessage ReadMessage(ref CborDecoder reader)
    {
        if (reader.IsText)
        {
            reader.Name("GetLrtqShare"u8);
            return new TqMessage.GetLrtqShare();
        }

        var tag = Tag(ref reader);
        switch (tag)
        {
            case "Prepare":
                reader.Map(2);
                reader.Name("config"u8);
                var config = ReadConfig(ref reader);
                reader.Name("share"u8);
                return new TqMessage.Prepare(config, ReadShare(ref reader));
            case "PrepareAck":
                return new TqMessage.PrepareAck(reader.Unsigned());
            case "GetShare":
                return new TqMessage.GetShare(reader.Unsigned());
            case "Share":
                reader.Map(2);
                var epoch = ReadUnsigned(ref reader, "epoch"u8);
                reader.Name("share"u8);
                return new TqMessage.Share(epoch, ReadShare(ref reader));
            case "LrtqShare":
                var bytes = reader.Bytes();
                return bytes.Length == 1 + RackSecret.Size
                    ? new TqMessage.LrtqShare(new KeyShare(SecretBytes.CopyOf(bytes)))
                    : throw new TqWireException("an LRTQ share has 33 bytes");
            case "Expunged":
                return new TqMessage.Expunged(reader.Unsigned());
            case "CommitAdvance":
                return new TqMessage.CommitAdvance(ReadConfig(ref reader));
            default:
                throw Unknown();
        }
    }

    private static TqProxyCall ReadCall(ref CborDecoder reader)
    {
        if (reader.IsText)
        {
            reader.Name("Status"u8);
            return new TqProxyCall.Status();
        }

        var tag = Tag(ref reader);
        switch (tag)
        {
            case "Commit":
                reader.Map(2);
                var rack = new RackId(ReadGuid(ref reader, "rack_id"u8));
                return new TqProxyCall.Commit(new TqCommitRequest(rack, ReadUnsigned(ref reader, "epoch"u8)));
            case "PrepareAndCommit":
                return new TqProxyCall.PrepareAndCommit(ReadConfig(ref reader));
            default:
                throw Unknown();
        }
    }

    private static TqProxyAnswer ReadAnswer(ref CborDecoder reader)
    {
        var tag = Tag(ref reader);
        switch (tag)
        {
            case "Commit":
                return new TqProxyAnswer.Commit(reader.Unsigned() == (ulong)TqCommitStatus.Committed ? TqCommitStatus.Committed : TqCommitStatus.Pending);
            case "Status":
                try
                {
                    return new TqProxyAnswer.Status(
                        JsonSerializer.Deserialize(reader.Bytes(), TqJson.Default.TqNodeStatus) ?? throw new TqWireException("a status is null"));
                }
                catch (JsonException e)
                {
                    throw new TqWireException($"a proxied status cannot be read: {e.Message}");
                }

            case "Error":
                reader.Map(2);
                var code = ReadText(ref reader, "code"u8);
                var message = ReadText(ref reader, "message"u8);
                return Enum.TryParse<TqErrorCode>(code, ignoreCase: false, out var known)
                    ? new TqProxyAnswer.Refused(new TqError(known, message))
                    : new TqProxyAnswer.Refused(new TqError(TqErrorCode.InvalidResponse, $"unknown error {code}: {message}"));
            default:
                throw Unknown();
        }
    }

    private static TqConfiguration ReadConfig(ref CborDecoder reader)
    {
        reader.Map(6);
        var rack = new RackId(ReadGuid(ref reader, "rack_id"u8));
        var epoch = ReadUnsigned(ref reader, "epoch"u8);
        reader.Name("coordinator"u8);
        var coordinator = ReadId(ref reader);
        reader.Name("members"u8);
        var members = ReadMembers(ref reader);
        reader.Name("threshold"u8);
        var threshold = reader.Byte();
        reader.Name("encrypted_rack_secrets"u8);
        var config = new TqConfiguration
        {
            RackId = rack,
            Epoch = epoch,
            Coordinator = coordinator,
            Members = members,
            Threshold = threshold,
            EncryptedRackSecrets = ReadSecrets(ref reader),
        };
        return config.WhyNot() is { } why ? throw new TqWireException($"a peer sent a configuration that cannot be: {why}") : config;
    }

    private static ImmutableArray<TqMember> ReadMembers(ref CborDecoder reader)
    {
        var count = reader.Array(QuorumSizes.MembersMax);
        var members = ImmutableArray.CreateBuilder<TqMember>(count);
        for (var i = 0; i < count; i++)
        {
            if (reader.Array(2) != 2)
            {
                throw new TqWireException("a member is an id and a digest");
            }

            var id = ReadId(ref reader);
            var digest = reader.Bytes();
            members.Add(digest.Length == ShareDigest.Size
                ? new TqMember(id, new ShareDigest(digest))
                : throw new TqWireException("a share digest has 32 bytes"));
        }

        return members.MoveToImmutable();
    }

    private static EncryptedRackSecrets? ReadSecrets(ref CborDecoder reader)
    {
        if (reader.TryNull())
        {
            return null;
        }

        reader.Map(2);
        var salt = ReadBytes(ref reader, "salt"u8);
        var data = ReadBytes(ref reader, "data"u8);
        return salt.Length == EncryptedRackSecrets.SaltSize
            ? new EncryptedRackSecrets([.. salt], [.. data])
            : throw new TqWireException("a salt has 32 bytes");
    }

    private static KeyShare ReadShare(ref CborDecoder reader)
    {
        reader.Map(2);
        reader.Name("x_coordinate"u8);
        var x = reader.Byte();
        var y = ReadBytes(ref reader, "y_coordinates"u8);
        if (y.Length != RackSecret.Size)
        {
            throw new TqWireException("a share has 32 y bytes");
        }

        var share = KeyShare.Blank(x, y.Length);
        y.CopyTo(share.WritableY);
        return share;
    }

    private static BaseboardId ReadId(ref CborDecoder reader)
    {
        reader.Map(2);
        var part = ReadText(ref reader, "part_number"u8);
        return new BaseboardId(part, ReadText(ref reader, "serial_number"u8));
    }

    // Both halves of a proxied call begin with its id.
    private static Guid ReadRequestId(ref CborDecoder reader, ReadOnlySpan<byte> next)
    {
        reader.Map(2);
        var id = ReadGuid(ref reader, "request_id"u8);
        reader.Name(next);
        return id;
    }

    private static ulong ReadUnsigned(ref CborDecoder reader, ReadOnlySpan<byte> name)
    {
        reader.Name(name);
        return reader.Unsigned();
    }

    private static ReadOnlySpan<byte> ReadBytes(scoped ref CborDecoder reader, ReadOnlySpan<byte> name)
    {
        reader.Name(name);
        return reader.Bytes();
    }

    private static string ReadText(ref CborDecoder reader, ReadOnlySpan<byte> name)
    {
        reader.Name(name);
        return Text(ref reader);
    }

    private static Guid ReadGuid(ref CborDecoder reader, ReadOnlySpan<byte> name)
    {
        var bytes = ReadBytes(ref reader, name);
        return bytes.Length == GuidSize ? new Guid(bytes, bigEndian: true) : throw new TqWireException("a UUID has 16 bytes");
    }

    private static string Tag(ref CborDecoder reader)
    {
        reader.Map(1);
        return Text(ref reader);
    }

    private static string Text(ref CborDecoder reader)
    {
        var text = reader.Text();
        return text.Length <= TextBytesMax ? Encoding.UTF8.GetString(text) : throw new TqWireException("a text is too long");
    }

    private static TqWireException Unknown() => new("a peer frame has an unknown name");
}
