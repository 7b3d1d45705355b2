using System.Security.Cryptography;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// Pinned arrays, used again within a thread after they were zeroed: pinned memory is only given back by a full collection, so making one per
/// share would be slow and would grow. Bounded per thread.
/// </summary>
internal static class SecretPool
{
    /// <summary>Holds a share (33 bytes), a secret or a key.</summary>
    private const int Small = 64;

    /// <summary>Holds the polynomials of one split (31 × 32 bytes).</summary>
    private const int Large = 1_024;

    private const int SmallKept = 512;
    private const int LargeKept = 8;

    [ThreadStatic]
    private static Stack<byte[]>? _small;

    [ThreadStatic]
    private static Stack<byte[]>? _large;

    /// <summary>A zeroed pinned array of at least the length.</summary>
    public static byte[] Rent(int length)
    {
        var kept = length <= Small ? _small : length <= Large ? _large : null;
        if (kept is not null && kept.TryPop(out var array))
        {
            return array;
        }

        return GC.AllocateArray<byte>(length <= Small ? Small : length <= Large ? Large : length, pinned: true);
    }

    /// <summary>Zeroes what was used and keeps the array if there is room.</summary>
    public static void Return(byte[] array, int used)
    {
        CryptographicOperations.ZeroMemory(array.AsSpan(0, used));
        switch (array.Length)
        {
            case Small when (_small ??= []).Count < SmallKept:
                _small.Push(array);
                break;
            case Large when (_large ??= []).Count < LargeKept:
                _large.Push(array);
                break;
            default:
                break;
        }
    }
}
