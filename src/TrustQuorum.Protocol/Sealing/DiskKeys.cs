using System.Security.Cryptography;
using System.Text;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>Keys of encrypted disks (tq 2.6): AES-256-GCM keys, labelled by their user with the epoch of the secret.</summary>
public static class DiskKeys
{
    /// <summary>Bytes of a disk key.</summary>
    public const int Size = 32;

    private static ReadOnlySpan<byte> Label => "U.2-zfs-"u8;

    /// <summary>Derives the key of one disk; the caller disposes it.</summary>
    public static SecretBytes Derive(RackId rack, RackSecret secret, DiskIdentity disk)
    {
        Span<byte> rackBytes = stackalloc byte[16];
        rack.Value.TryWriteBytes(rackBytes, bigEndian: true, out _);
        Span<byte> salt = stackalloc byte[SHA3_256.HashSizeInBytes];
        SHA3_256.HashData(rackBytes, salt);

        using var prk = SecretBytes.Create(SHA3_256.HashSizeInBytes);
        HKDF.Extract(HashAlgorithmName.SHA3_256, secret.Span, salt, prk.Span);
        byte[] info = [.. Label, .. Encoding.UTF8.GetBytes($"{disk.Vendor}{disk.Model}{disk.Serial}")];
        var key = SecretBytes.Create(Size);
        HKDF.Expand(HashAlgorithmName.SHA3_256, prk.Span, key.Span, info);
        return key;
    }
}

/// <summary>A disk as it names itself.</summary>
/// <param name="Vendor">Vendor.</param>
/// <param name="Model">Model.</param>
/// <param name="Serial">Serial.</param>
public sealed record DiskIdentity(string Vendor, string Model, string Serial);
