using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// One member's point of the polynomials: x and one y per byte of the secret (tq 2.3). Kept as one run of bytes, x first, which is what its
/// digest is taken of. Cannot be written as JSON by accident; prints as <c>***</c>. Dispose it when done.
/// </summary>
[JsonConverter(typeof(RedactedJsonConverter<KeyShare>))]
public sealed class KeyShare : IDisposable
{
    private readonly SecretBytes _bytes;

    /// <summary>Takes the bytes over: x, then the y of every byte.</summary>
    internal KeyShare(SecretBytes bytes)
    {
        _bytes = bytes;
    }

    /// <summary>The index of the share's owner, from 1; not secret.</summary>
    public byte X => _bytes.Span[0];

    /// <summary>x and all y.</summary>
    internal ReadOnlySpan<byte> Span => _bytes.Span;

    /// <summary>All y.</summary>
    internal ReadOnlySpan<byte> Y => _bytes.Span[1..];

    /// <summary>The y to be filled.</summary>
    internal Span<byte> WritableY => _bytes.Span[1..];

    /// <summary>A share at x with zeroes for the caller to fill.</summary>
    internal static KeyShare Blank(byte x, int length)
    {
        var bytes = SecretBytes.Create(1 + length);
        bytes.Span[0] = x;
        return new KeyShare(bytes);
    }

    /// <summary>A copy with an owner of its own.</summary>
    public KeyShare Copy() => new(SecretBytes.CopyOf(Span));

    /// <summary>SHA3-256 of x and all y.</summary>
    public ShareDigest Digest()
    {
        Span<byte> hash = stackalloc byte[SHA3_256.HashSizeInBytes];
        SHA3_256.HashData(Span, hash);
        return new ShareDigest(hash);
    }

    /// <summary>Compares in fixed time.</summary>
    public bool FixedTimeEquals(KeyShare other) => CryptographicOperations.FixedTimeEquals(Span, other.Span);

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();

    /// <summary>Three asterisks.</summary>
    public override string ToString() => "***";
}
