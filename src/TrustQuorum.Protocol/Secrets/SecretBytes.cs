using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// Secret bytes in memory that the collector never moves, so that no copy stays behind: zeroed when disposed and, should its owner forget,
/// when collected. Prints as <c>***</c> (tq 2.8). One owner at a time; not thread-safe.
/// </summary>
public sealed class SecretBytes : IDisposable
{
    private byte[]? _bytes;

    private SecretBytes(byte[] bytes, int length)
    {
        _bytes = bytes;
        Length = length;
    }

    /// <summary>Zeroes a forgotten secret.</summary>
    [SuppressMessage("Design", "MA0055:Do not use finalizer", Justification = "The net below owners that forget: bytes never outlive their use.")]
    ~SecretBytes()
    {
        if (_bytes is { } bytes)
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>Bytes held.</summary>
    public int Length { get; }

    /// <summary>The bytes themselves.</summary>
    /// <exception cref="ObjectDisposedException">The secret is gone.</exception>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_bytes is null, this);
            return _bytes.AsSpan(0, Length);
        }
    }

    /// <summary>The bytes for writers that cannot take a span; pinned like them.</summary>
    internal Memory<byte> Memory
    {
        get
        {
            ObjectDisposedException.ThrowIf(_bytes is null, this);
            return _bytes.AsMemory(0, Length);
        }
    }

    /// <summary>All zero, for the caller to fill.</summary>
    public static SecretBytes Create(int length) => new(SecretPool.Rent(length), length);

    /// <summary>A copy.</summary>
    public static SecretBytes CopyOf(ReadOnlySpan<byte> bytes)
    {
        var copy = Create(bytes.Length);
        bytes.CopyTo(copy.Span);
        return copy;
    }

    /// <summary>Compares without telling by time where the difference is.</summary>
    public bool FixedTimeEquals(SecretBytes other) => CryptographicOperations.FixedTimeEquals(Span, other.Span);

    /// <summary>Three asterisks.</summary>
    public override string ToString() => "***";

    /// <summary>Zeroes the bytes.</summary>
    public void Dispose()
    {
        if (_bytes is { } bytes)
        {
            _bytes = null;
            SecretPool.Return(bytes, Length);
        }

        GC.SuppressFinalize(this);
    }
}
