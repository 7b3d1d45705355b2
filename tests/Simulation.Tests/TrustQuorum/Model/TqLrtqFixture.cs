using System.Collections.Immutable;
using Gantry.Primitives;
using Gantry.Sled.Simulator;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Simulation.TrustQuorum;

/// <summary>A rack of the older scheme: made once per size, since big numbers are slow and its secret need not differ between schedules.</summary>
internal sealed class TqLrtqFixture
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<int, TqLrtqFixture> Made = [];

    private readonly ImmutableArray<LrtqShareData> _shares;

    private TqLrtqFixture(int members) => (_shares, Secret) = LrtqRack.Make(default, members, new TqDice((ulong)members));

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
        RackId = rack, Threshold = _shares[member].Threshold, Share = _shares[member].Share.Copy(), ShareDigests = _shares[member].ShareDigests,
    };
}
