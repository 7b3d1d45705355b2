using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// The field GF(2^8) modulo x^8+x^4+x^3+x+1 (tq 2.1). Eight fixed rounds of shifts and masks: neither a branch nor an address depends on an
/// operand, so that time tells nothing about secrets.
/// </summary>
internal static class Gf256
{
    private const int Modulus = 0x11B;
    private const byte Reduction = 0x1B;
    private const int Bits = 8;

    public static byte Multiply(byte a, byte b)
    {
        uint shifted = a;
        uint rest = b;
        uint product = 0;
        for (var round = 0; round < Bits; round++)
        {
            product ^= (0u - (rest & 1)) & shifted;
            shifted = (shifted << 1) ^ ((0u - (shifted >> 7)) & Modulus);
            rest >>= 1;
        }

        return (byte)product;
    }

    /// <summary>a^254; the "inverse" of 0 is 0.</summary>
    public static byte Inverse(byte a)
    {
        // 254 = 2 + 4 + 8 + 16 + 32 + 64 + 128
        var power = Multiply(a, a);
        var result = power;
        for (var i = 0; i < 6; i++)
        {
            power = Multiply(power, power);
            result = Multiply(result, power);
        }

        return result;
    }

    public static byte Divide(byte a, byte b) => Multiply(a, Inverse(b));

    /// <summary>target = target · factor + addend, byte by byte.</summary>
    public static void MultiplyAdd(Span<byte> target, byte factor, ReadOnlySpan<byte> addend)
    {
        var i = 0;
        for (; i + Vector256<byte>.Count <= target.Length; i += Vector256<byte>.Count)
        {
            var product = Multiply(Vector256.Create(target[i..]), factor) ^ Vector256.Create(addend[i..]);
            product.CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] = (byte)(Multiply(target[i], factor) ^ addend[i]);
        }
    }

    /// <summary>target = target + factor · source, byte by byte.</summary>
    public static void AddMultiple(Span<byte> target, byte factor, ReadOnlySpan<byte> source)
    {
        var i = 0;
        for (; i + Vector256<byte>.Count <= target.Length; i += Vector256<byte>.Count)
        {
            var sum = Vector256.Create((ReadOnlySpan<byte>)target[i..]) ^ Multiply(Vector256.Create(source[i..]), factor);
            sum.CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] ^= Multiply(source[i], factor);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Multiply(Vector256<byte> a, byte factor)
    {
        var product = Vector256<byte>.Zero;
        var reduction = Vector256.Create(Reduction);
        uint rest = factor;
        for (var round = 0; round < Bits; round++)
        {
            product ^= Vector256.Create((byte)(0u - (rest & 1))) & a;
            var overflow = Vector256.LessThan(a.AsSByte(), Vector256<sbyte>.Zero).AsByte();
            a = (a + a) ^ (overflow & reduction);
            rest >>= 1;
        }

        return product;
    }
}
