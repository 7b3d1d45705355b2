using System.Numerics;
using System.Runtime.InteropServices;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// Combines shares of the older scheme (tq 2.7): Lagrange at 0 modulo the order of Curve25519's group. The factors follow from the public x
/// values, so only additions touch secrets, and those take the same steps whatever the values are.
/// </summary>
internal static class LrtqScalars
{
    private const int Limbs = 4;
    private const int ScalarBits = 253;

    /// <summary>2^252 + 27742317777372353535851937790883648493.</summary>
    private static readonly BigInteger Order = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493");

    private static readonly ulong[] OrderLimbs = [0x5812631A5CF5D3ED, 0x14DEF9DEA2F79CD6, 0, 0x1000000000000000];

    /// <summary>The secret, 32 little-endian bytes; wrong, not refused, with fewer shares than the threshold.</summary>
    public static (SecretBytes? Secret, CombineError? Error) Combine(ReadOnlySpan<KeyShare> shares)
    {
        if (WhyNot(shares) is { } error)
        {
            return (null, error);
        }

        var sum = SecretBytes.Create(RackSecret.Size);
        using var term = SecretBytes.Create(RackSecret.Size);
        for (var i = 0; i < shares.Length; i++)
        {
            Multiply(shares[i].Y, LagrangeFactor(shares, i), term.Span);
            Add(Cast(sum.Span), Cast(term.Span));
        }

        return (sum, null);
    }

    private static CombineError? WhyNot(ReadOnlySpan<KeyShare> shares)
    {
        if (shares.Length < 2)
        {
            return CombineError.TooFewShares;
        }

        for (var i = 0; i < shares.Length; i++)
        {
            if (shares[i].Y.Length != RackSecret.Size)
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

    // x_j / (x_j - x_i), multiplied over all other j: public.
    private static BigInteger LagrangeFactor(ReadOnlySpan<KeyShare> shares, int i)
    {
        var above = BigInteger.One;
        var below = BigInteger.One;
        for (var j = 0; j < shares.Length; j++)
        {
            if (j != i)
            {
                above = above * shares[j].X % Order;
                below = below * (shares[j].X - shares[i].X + Order) % Order;
            }
        }

        return above * BigInteger.ModPow(below, Order - 2, Order) % Order;
    }

    // Doubling and adding by the bits of the public factor.
    private static void Multiply(ReadOnlySpan<byte> secret, BigInteger factor, Span<byte> result)
    {
        using var once = SecretBytes.CopyOf(secret);
        var addend = Cast(once.Span);
        SubtractOrderIfReached(addend);
        result.Clear();
        var product = Cast(result);
        for (var bit = ScalarBits - 1; bit >= 0; bit--)
        {
            Add(product, product);
            if (!(factor >> bit).IsEven)
            {
                Add(product, addend);
            }
        }
    }

    private static void Add(Span<ulong> target, ReadOnlySpan<ulong> addend)
    {
        ulong carry = 0;
        for (var i = 0; i < Limbs; i++)
        {
            var sum = (UInt128)target[i] + addend[i] + carry;
            target[i] = (ulong)sum;
            carry = (ulong)(sum >> 64);
        }

        SubtractOrderIfReached(target);
    }

    private static void SubtractOrderIfReached(Span<ulong> value)
    {
        ulong borrow = 0;
        for (var i = 0; i < Limbs; i++)
        {
            borrow = (ulong)(((UInt128)value[i] - OrderLimbs[i] - borrow) >> 64) & 1;
        }

        // All ones when the value reaches the order.
        var mask = borrow - 1;
        borrow = 0;
        for (var i = 0; i < Limbs; i++)
        {
            var difference = (UInt128)value[i] - (OrderLimbs[i] & mask) - borrow;
            value[i] = (ulong)difference;
            borrow = (ulong)(difference >> 64) & 1;
        }
    }

    // Scalars are little-endian, and so is every machine .NET runs on.
    private static Span<ulong> Cast(Span<byte> bytes) => MemoryMarshal.Cast<byte, ulong>(bytes);
}
