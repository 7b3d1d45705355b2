using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>Shamir's sharing over GF(2^8), byte by byte (tq 2.2). x values are public, everything else is secret.</summary>
internal static class Shamir
{
    /// <summary>Shares 1 to <paramref name="total"/>, any <paramref name="threshold"/> of which rebuild the secret.</summary>
    public static (KeyShare[]? Shares, SplitError? Error) Split(ReadOnlySpan<byte> secret, int total, int threshold, ISecretRandom random)
    {
        if (WhyNotSplit(total, threshold) is { } error)
        {
            return (null, error);
        }

        using var coefficients = SecretBytes.Create(threshold * secret.Length);
        secret.CopyTo(coefficients.Span);

        // Zero is a legal top coefficient: rejecting it would tell that the secret is not the value of a lower polynomial.
        random.Fill(coefficients.Span[secret.Length..]);
        return (Evaluate(coefficients.Span, secret.Length, total), null);
    }

    /// <summary>Shares of given polynomials: rows of one coefficient each for every byte, the secret first.</summary>
    public static KeyShare[] Evaluate(ReadOnlySpan<byte> coefficients, int length, int total)
    {
        var shares = new KeyShare[total];
        for (var i = 0; i < total; i++)
        {
            var share = KeyShare.Blank((byte)(i + 1), length);
            var y = share.WritableY;
            for (var at = coefficients.Length - length; at >= 0; at -= length)
            {
                Gf256.MultiplyAdd(y, share.X, coefficients.Slice(at, length));
            }

            shares[i] = share;
        }

        return shares;
    }

    /// <summary>The secret; wrong, not refused, when there are fewer shares than the threshold.</summary>
    public static (SecretBytes? Secret, CombineError? Error) Combine(ReadOnlySpan<KeyShare> shares)
    {
        if (WhyNotCombine(shares) is { } error)
        {
            return (null, error);
        }

        var secret = SecretBytes.Create(shares[0].Y.Length);
        Interpolate(shares, 0, secret.Span);
        return (secret, null);
    }

    /// <summary>The share at another x.</summary>
    public static (KeyShare? Share, CombineError? Error) ComputeShare(ReadOnlySpan<KeyShare> shares, byte x)
    {
        if (x == 0)
        {
            return (null, CombineError.InvalidShareId);
        }

        if (WhyNotCombine(shares) is { } error)
        {
            return (null, error);
        }

        var share = KeyShare.Blank(x, shares[0].Y.Length);
        Interpolate(shares, x, share.WritableY);
        return (share, null);
    }

    private static SplitError? WhyNotSplit(int total, int threshold)
    {
        Invariant.Check(total <= byte.MaxValue, "share indices are bytes");
        return threshold < 2 ? SplitError.ThresholdTooSmall : total < threshold ? SplitError.TooFewTotalShares : null;
    }

    private static CombineError? WhyNotCombine(ReadOnlySpan<KeyShare> shares)
    {
        if (shares.Length < 2)
        {
            return CombineError.TooFewShares;
        }

        var length = shares[0].Y.Length;
        for (var i = 0; i < shares.Length; i++)
        {
            if (shares[i].Y.Length != length)
            {
                return CombineError.InvalidShareLengths;
            }

            for (var j = i + 1; j < shares.Length; j++)
            {
                if (shares[i].X == shares[j].X)
                {
                    return CombineError.DuplicateXCoordinates;
                }
            }
        }

        return null;
    }

    private static void Interpolate(ReadOnlySpan<KeyShare> shares, byte at, Span<byte> result)
    {
        for (var i = 0; i < shares.Length; i++)
        {
            Gf256.AddMultiple(result, LagrangeFactor(shares, i, at), shares[i].Y);
        }
    }

    private static byte LagrangeFactor(ReadOnlySpan<KeyShare> shares, int i, byte at)
    {
        byte above = 1;
        byte below = 1;
        for (var j = 0; j < shares.Length; j++)
        {
            if (j != i)
            {
                above = Gf256.Multiply(above, (byte)(at ^ shares[j].X));
                below = Gf256.Multiply(below, (byte)(shares[i].X ^ shares[j].X));
            }
        }

        return Gf256.Divide(above, below);
    }
}
