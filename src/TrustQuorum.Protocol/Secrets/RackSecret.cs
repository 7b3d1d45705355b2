using System.Security.Cryptography;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// The secret of one configuration: 32 bytes. One drawn here may be split once; one rebuilt from shares is opaque and never split again
/// (tq 2.4). Dispose it when done.
/// </summary>
public sealed class RackSecret : IDisposable
{
    /// <summary>Bytes of a rack secret.</summary>
    public const int Size = 32;

    private readonly SecretBytes _bytes;
    private readonly bool _isDrawn;

    private RackSecret(SecretBytes bytes, bool isDrawn)
    {
        Invariant.Check(bytes.Length == Size, "a rack secret has 32 bytes");
        _bytes = bytes;
        _isDrawn = isDrawn;
    }

    /// <summary>The bytes, for deriving keys.</summary>
    internal ReadOnlySpan<byte> Span => _bytes.Span;

    /// <summary>A fresh one; never all zero.</summary>
    internal static RackSecret Draw(ISecretRandom random)
    {
        var bytes = SecretBytes.Create(Size);
        do
        {
            random.Fill(bytes.Span);
        }
        while (!bytes.Span.ContainsAnyExcept((byte)0));

        return new RackSecret(bytes, isDrawn: true);
    }

    /// <summary>A known one, such as a prior secret or that of LRTQ. Takes the bytes over.</summary>
    internal static RackSecret Own(SecretBytes bytes) => new(bytes, isDrawn: false);

    /// <summary>Rebuilds one; the error says why not.</summary>
    internal static (RackSecret? Secret, TqReconstructError? Error) Rebuild(ReadOnlySpan<KeyShare> shares)
    {
        var (bytes, error) = Shamir.Combine(shares);
        if (bytes is null)
        {
            return (null, new TqReconstructError(error));
        }

        if (bytes.Length == Size)
        {
            return (Own(bytes), null);
        }

        bytes.Dispose();
        return (null, new TqReconstructError(null));
    }

    /// <summary>Splits it into shares 1 to <paramref name="total"/>.</summary>
    internal (KeyShare[]? Shares, SplitError? Error) Split(int total, int threshold, ISecretRandom random)
    {
        Invariant.Check(_isDrawn, "a rebuilt rack secret is never split again");
        return Shamir.Split(Span, total, threshold, random);
    }

    /// <summary>A copy with an owner of its own, which cannot be split.</summary>
    public RackSecret Copy() => new(SecretBytes.CopyOf(Span), isDrawn: false);

    /// <summary>Compares in fixed time.</summary>
    public bool FixedTimeEquals(RackSecret other) => CryptographicOperations.FixedTimeEquals(Span, other.Span);

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();

    /// <summary>Three asterisks.</summary>
    public override string ToString() => "***";
}
