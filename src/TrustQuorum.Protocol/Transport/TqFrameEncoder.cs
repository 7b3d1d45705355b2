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
                Tag(to, "Tq"u8);
                CborEncoder.Map(to, 2);
                CborEncoder.Text(to, "rack_id"u8);
                WriteGuid(to, tq.RackId.Value);
                CborEncoder.Text(to, "kind"u8);
                WriteMessage(to, tq.Message);
                break;
            case TqFrame.Network network:
                Tag(to, "NetworkConfig"u8);
                CborEncoder.Map(to, 2);
                CborEncoder.Text(to, "generation"u8);
                CborEncoder.Unsigned(to, network.Config.Generation);
                CborEncoder.Text(to, "blob"u8);
                CborEncoder.Bytes(to, network.Config.Blob);
                break;
            case TqFrame.ProxyRequest request:
                Tag(to, "ProxyRequest"u8);
                CborEncoder.Map(to, 2);
                CborEncoder.Text(to, "request_id"u8);
                WriteGuid(to, request.Id);
                CborEncoder.Text(to, "op"u8);
                WriteCall(to, request.Call);
                break;
            case TqFrame.ProxyResponse response:
                Tag(to, "ProxyResponse"u8);
                CborEncoder.Map(to, 2);
                CborEncoder.Text(to, "request_id"u8);
                WriteGuid(to, response.Id);
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
                Tag(to, "Prepare"u8);
                CborEncoder.Map(to, 2);
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
                Tag(to, "Share"u8);
                CborEncoder.Map(to, 2);
                CborEncoder.Text(to, "epoch"u8);
                CborEncoder.Unsigned(to, share.Epoch);
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
                Tag(to, "Commit"u8);
                CborEncoder.Map(to, 2);
                CborEncoder.Text(to, "rack_id"u8);
                WriteGuid(to, commit.Request.RackId.Value);
                CborEncoder.Text(to, "epoch"u8);
                CborEncoder.Unsigned(to, commit.Request.Epoch);
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
                Tag(to, "Error"u8);
                CborEncoder.Map(to, 2);
                CborEncoder.Text(to, "code"u8);
                CborEncoder.Text(to, refused.Error.Code.ToString());
                CborEncoder.Text(to, "message"u8);
                CborEncoder.Text(to, refused.Error.Message);
                break;
            default:
                throw Invariant.Unreachable("all answers have a form");
        }
    }

    private static void WriteConfig(SecretBufferWriter to, TqConfiguration config)
    {
        Span<byte> digest = stackalloc byte[ShareDigest.Size];
        CborEncoder.Map(to, 6);
        CborEncoder.Text(to, "rack_id"u8);
        WriteGuid(to, config.RackId.Value);
        CborEncoder.Text(to, "epoch"u8);
        CborEncoder.Unsigned(to, config.Epoch);
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

        CborEncoder.Text(to, "threshold"u8);
        CborEncoder.Unsigned(to, config.Threshold);
        CborEncoder.Text(to, "encrypted_rack_secrets"u8);
        if (config.EncryptedRackSecrets is { } secrets)
        {
            CborEncoder.Map(to, 2);
            CborEncoder.Text(to, "salt"u8);
            CborEncoder.Bytes(to, secrets.Salt.AsSpan());
            CborEncoder.Text(to, "data"u8);
            CborEncoder.Bytes(to, secrets.Data.AsSpan());
        }
        else
        {
            CborEncoder.WriteNull(to);
        }
    }

    private static void WriteShare(SecretBufferWriter to, KeyShare share)
    {
        CborEncoder.Map(to, 2);
        CborEncoder.Text(to, "x_coordinate"u8);
        CborEncoder.Unsigned(to, share.X);
        CborEncoder.Text(to, "y_coordinates"u8);
        CborEncoder.Bytes(to, share.Y);
    }

    private static void WriteId(SecretBufferWriter to, BaseboardId id)
    {
        CborEncoder.Map(to, 2);
        CborEncoder.Text(to, "part_number"u8);
        CborEncoder.Text(to, id.PartNumber);
        CborEncoder.Text(to, "serial_number"u8);
        CborEncoder.Text(to, id.SerialNumber);
    }

    private static void WriteGuid(SecretBufferWriter to, Guid id)
    {
        Span<byte> bytes = stackalloc byte[GuidSize];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        CborEncoder.Bytes(to, bytes);
    }

    private static void Tag(SecretBufferWriter to, ReadOnlySpan<byte> name)
    {
        CborEncoder.Map(to, 1);
        CborEncoder.Text(to, name);
    }
}
