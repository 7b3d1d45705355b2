using System.Collections.Immutable;
using System.Numerics;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Sled.Simulator;

/// <summary>
/// A rack of the older scheme as its setup left it (tq 2.7): 255 shares of one scalar, one per sled, and the digests of all. Only simulators
/// make one; the product knows how to leave the scheme, not how to enter it. Big numbers, neither constant in time nor wiped.
/// </summary>
internal static class LrtqRack
{
    private static readonly BigInteger Order = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493");

    /// <summary>What each of so many sleds holds, and the 32 little-endian bytes of the secret.</summary>
    public static (ImmutableArray<LrtqShareData> Shares, byte[] Secret) Make(RackId rack, int members, ISecretRandom random)
    {
        var threshold = (members / 2) + 1;
        var coefficients = Enumerable.Range(0, threshold).Select(_ => Scalar(random)).ToArray();
        var shares = Enumerable.Range(1, LrtqShareData.ShareCount).Select(x => Share(coefficients, x)).ToList();
        ImmutableHashSet<ShareDigest> digests = [.. shares.Select(s => s.Digest())];
        var made = shares.Take(members).Select(share => new LrtqShareData
        {
            RackId = rack, Threshold = (byte)threshold, Share = share, ShareDigests = digests,
        }).ToImmutableArray();
        foreach (var spare in shares.Skip(members))
        {
            spare.Dispose();
        }

        return (made, Bytes(coefficients[0]));
    }

    private static KeyShare Share(BigInteger[] coefficients, int x)
    {
        var y = BigInteger.Zero;
        foreach (var c in coefficients.Reverse())
        {
            y = ((y * x) + c) % Order;
        }

        var share = KeyShare.Blank((byte)x, RackSecret.Size);
        Bytes(y).CopyTo(share.WritableY);
        return share;
    }

    private static BigInteger Scalar(ISecretRandom random)
    {
        Span<byte> bytes = stackalloc byte[RackSecret.Size];
        random.Fill(bytes);
        return new BigInteger(bytes, isUnsigned: true) % Order;
    }

    private static byte[] Bytes(BigInteger value)
    {
        var bytes = new byte[RackSecret.Size];
        value.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }
}
