using System.Buffers.Binary;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Simulation.TrustQuorum;

/// <summary>Fast repeatable dice (SplitMix64), for choices and for the secrets of a simulated rack.</summary>
internal sealed class TqDice(ulong seed) : ISecretRandom
{
    private ulong _state = seed;

    public ulong NextUInt64()
    {
        _state += 0x9E3779B97F4A7C15UL;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>At least 0, below the bound.</summary>
    public int Next(int below) => below <= 1 ? 0 : (int)((NextUInt64() >> 33) % (ulong)below);

    public bool OneIn(int n) => Next(n) == 0;

    public void Fill(Span<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, NextUInt64());
        }

        var rest = NextUInt64();
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(rest >> (8 * i));
        }
    }
}
