using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Devices.Tests.TrustQuorum;

/// <summary>Secret bytes that a seed repeats.</summary>
internal sealed class SeededSecretRandom(ulong seed) : ISecretRandom
{
    private readonly SeededRandomSource _dice = new(seed);

    public void Fill(Span<byte> bytes)
    {
        foreach (ref var b in bytes)
        {
            b = (byte)_dice.Next(256);
        }
    }
}
