using System.Collections.Immutable;
using System.Numerics;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Simulation.TrustQuorum;

/// <summary>A rack of the older scheme: made once per size, since big numbers are slow and its secret need not differ between schedules.</summary>
internal sealed class TqLrtqFixture
{
    private static readonly BigInteger Order = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493");
    private static readonly Lock Gate = new();
    private static readonly Dictionary<int, TqLrtqFixture> Made = [];

    private readonly KeyShare[] _shares;
    private readonly ImmutableHashSet<ShareDigest> _digests;
    private readonly byte _threshold;

    private TqLrtqFixture(int members)
    {
        _threshold = (byte)((members / 2) + 1);
        var dice = new TqDice((ulong)members);
        var coefficients = Enumerable.Range(0, _threshold).Select(_ => Scalar(dice)).ToArray();
        _shares = [.. Enumerable.Range(1, members).Select(x => Share(coefficients, x))];
        _digests = [.. _shares.Select(s => s.Digest())];
        Secret = Bytes(coefficients[0]);
    }

    public byte[] Secret { get; }

    public static TqLrtqFixture Of(int members)
    {
        lock (Gate)
        {
            return Made.TryGetValue(members, out var made) ? made : Made[members] = new TqLrtqFixture(members);
        }
    }

    public LrtqShareData For(int member, RackId rack) => new()
    {
        RackId = rack, Threshold = _threshold, Share = _shares[member].Copy(), ShareDigests = _digests,
    };

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

    private static BigInteger Scalar(TqDice dice)
    {
        var bytes = new byte[32];
        dice.Fill(bytes);
        return new BigInteger(bytes, isUnsigned: true) % Order;
    }

    private static byte[] Bytes(BigInteger value)
    {
        var bytes = new byte[RackSecret.Size];
        value.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }
}
