using System.Text.Json;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>Frames as CBOR, variants tagged by their name from outside. Into pinned memory, since a frame may carry a share.</summary>
internal static class TqFrameEncoder
{
    private const int GuidSize = 16;

    public static void Write(SecretBufferWriter to, TqFrame frame)
    {
        switch (frame)
        {
            case TqFrame.Ping:
                CborEncoder.Text(to, "Ping"u8);
                break;
            case TqFrame.Hello hello:
                Tag(to, "Hello"u8);
                CborEncoder.Text(to, hello.PlatformId);
                break;
            case TqFrame.Tq tq:
                Fields(to, "Tq"u8, 2);
                Field(to, "rack_id"u8, tq.RackId.Value);
                CborEncoder.Text(to, "kind"u8);
                WriteMessage(to, tq.Message);
                break;
            case TqFrame.Network network:
                Fields(to, "NetworkConfig"u8, 2);
                Field(to, "generation"u8, network.Config.Generation);
                Field(to, "blob"u8, network.Config.Blob);
                break;
            case TqFrame.ProxyRequest request:
                Fields(to, "ProxyRequest"u8, 2);
                Field(to, "request_id"u8, request.Id);
                CborEncoder.Text(to, "op"u8);
                WriteCall(to, request.Call);
                break;
            case TqFrame.ProxyResponse response:
                Fields(to, "ProxyResponse"u8, 2);
                Field(to, "request_id"u8, response.Id);
                CborEncoder.Text(to, "result"u8);
                WriteAnswer(to, response.Answer);
                break;
            default:
                throw Invariant.Unreachable("all frames have a form");
        }
    }

    private static void WriteMessage(SecretBufferWriter to, TqMessage message)
    {
        switch (message)
        {
            case TqMessage.Prepare prepare:
                Fields(to, "Prepare"u8, 2);
                CborEncoder.Text(to, "config"u8);
                WriteConfig(to, prepare.Config);
                CborEncoder.Text(to, "share"u8);
                WriteShare(to, prepare.KeyShare);
                break;
            case TqMessage.PrepareAck ack:
                Tag(to, "PrepareAck"u8);
                CborEncoder.Unsigned(to, ack.Epoch);
                break;
            case TqMessage.GetShare get:
                Tag(to, "GetShare"u8);
                CborEncoder.Unsigned(to, get.Epoch);
                break;
            case TqMessage.Share share:
                Fields(to, "Share"u8, 2);
                Field(to, "epoch"u8, share.Epoch);
                CborEncoder.Text(to, "share"u8);
                WriteShare(to, share.KeyShare);
                break;
            case TqMessage.GetLrtqShare:
                CborEncoder.Text(to, "GetLrtqShare"u8);
                break;
            case TqMessage.LrtqShare lrtq:
                Tag(to, "LrtqShare"u8);
                CborEncoder.Bytes(to, lrtq.KeyShare.Span);
                break;
            case TqMessage.Expunged expunged:
                Tag(to, "Expunged"u8);
                CborEncoder.Unsigned(to, expunged.Epoch);
                break;
            case TqMessage.CommitAdvance advance:
                Tag(to, "CommitAdvance"u8);
                WriteConfig(to, advance.Config);
                break;
            default:
                throw Invariant.Unreachable("all messages have a form");
        }
    }

    private static void WriteCall(SecretBufferWriter to, TqProxyCall call)
    {
        switch (call)
        {
            case TqProxyCall.Commit commit:
                Fields(to, "Commit"u8, 2);
                Field(to, "rack_id"u8, commit.Request.RackId.Value);
                Field(to, "epoch"u8, commit.Request.Epoch);
                break;
            case TqProxyCall.PrepareAndCommit prepare:
                Tag(to, "PrepareAndCommit"u8);
                WriteConfig(to, prepare.Config);
                break;
            default:
                CborEncoder.Text(to, "Status"u8);
                break;
        }
    }

    private static void WriteAnswer(SecretBufferWriter to, TqProxyAnswer answer)
    {
        switch (answer)
        {
            case TqProxyAnswer.Commit commit:
                Tag(to, "Commit"u8);
                CborEncoder.Unsigned(to, (ulong)commit.Value);
                break;
            case TqProxyAnswer.Status status:
                Tag(to, "Status"u8);
                CborEncoder.Bytes(to, JsonSerializer.SerializeToUtf8Bytes(status.Value, TqJson.Default.TqNodeStatus));
                break;
            case TqProxyAnswer.Refused refused:
                Fields(to, "Error"u8, 2);
                Field(to, "code"u8, refused.Error.Code.ToString());
                Field(to, "message"u8, refused.Error.Message);
                break;
            default:
                throw Invariant.Unreachable("all answers have a form");
        }
    }

    private static void WriteConfig(SecretBufferWriter to, TqConfiguration config)
    {
        Span<byte> digest = stackalloc byte[ShareDigest.Size];
        CborEncoder.Map(to, 6);
        Field(to, "rack_id"u8, config.RackId.Value);
        Field(to, "epoch"u8, config.Epoch);
        CborEncoder.Text(to, "coordinator"u8);
        WriteId(to, config.Coordinator);
        CborEncoder.Text(to, "members"u8);
        CborEncoder.Array(to, config.Count);
        foreach (var member in config.Members)
        {
            CborEncoder.Array(to, 2);
            WriteId(to, member.Id);
            member.ShareDigest.CopyTo(digest);
            CborEncoder.Bytes(to, digest);
        }

        Field(to, "threshold"u8, config.Threshold);
        CborEncoder.Text(to, "encrypted_rack_secrets"u8);
        if (config.EncryptedRackSecrets is { } secrets)
        {
            CborEncoder.Map(to, 2);
            Field(to, "salt"u8, secrets.Salt.AsSpan());
            Field(to, "data"u8, secrets.Data.AsSpan());
        }
        else
        {
            CborEncoder.WriteNull(to);
        }
    }

    private static void WriteShare(SecretBufferWriter to, KeyShare share)
    {
        CborEncoder.Map(to, 2);
        Field(to, "x_coordinate"u8, share.X);
        Field(to, "y_coordinates"u8, share.Y);
    }

    private static void WriteId(SecretBufferWriter to, BaseboardId id)
    {
        CborEncoder.Map(to, 2);
        Field(to, "part_number"u8, id.PartNumber);
        Field(to, "serial_number"u8, id.SerialNumber);
    }

    // A variant with so many named fields.
    private static void Fields(SecretBufferWriter to, ReadOnlySpan<byte> tag, int count)
    {
        Tag(to, tag);
        CborEncoder.Map(to, count);
    }

    private static void Field(SecretBufferWriter to, ReadOnlySpan<byte> name, ulong value)
    {
        CborEncoder.Text(to, name);
        CborEncoder.Unsigned(to, value);
    }

    private static void Field(SecretBufferWriter to, ReadOnlySpan<byte> name, string text)
    {
        CborEncoder.Text(to, name);
        CborEncoder.Text(to, text);
    }

    private static void Field(SecretBufferWriter to, ReadOnlySpan<byte> name, ReadOnlySpan<byte> bytes)
    {
        CborEncoder.Text(to, name);
        CborEncoder.Bytes(to, bytes);
    }

    private static void Field(SecretBufferWriter to, ReadOnlySpan<byte> name, Guid id)
    {
        Span<byte> bytes = stackalloc byte[GuidSize];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        Field(to, name, bytes);
    }

    private static void Tag(SecretBufferWriter to, ReadOnlySpan<byte> name)
    {
        CborEncoder.Map(to, 1);
        CborEncoder.Text(to, name);
    }
}
