using System.Collections.Immutable;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Sled.Simulator;

/// <summary>A simulated sled's store of the older scheme: on its drives, or in memory for a sled without a folder.</summary>
internal sealed class OlderDrives(ImmutableArray<string> folders) : ILrtqStore
{
    private LrtqShareData? _inMemory;

    public LrtqShareData? Load() => folders.IsEmpty
        ? _inMemory is { } held ? Copy(held) : null
        : new LrtqFileStore(folders).Load();

    /// <summary>Sets the sleds up as a rack of the older scheme, unless their drives were so already.</summary>
    public static void SetUp(ImmutableArray<OlderDrives> sleds, RackId rack)
    {
        if (sleds.IsEmpty || sleds[0].Load() is not null)
        {
            return;
        }

        foreach (var (sled, share) in sleds.Zip(LrtqRack.Make(rack, sleds.Length, SystemSecretRandom.Instance).Shares))
        {
            sled.Keep(share);
        }
    }

    private void Keep(LrtqShareData share)
    {
        if (folders.IsEmpty)
        {
            _inMemory = share;
            return;
        }

        new LrtqFileStore(folders).Write(share);
        share.Share.Dispose();
    }

    private static LrtqShareData Copy(LrtqShareData held) => new()
    {
        RackId = held.RackId, Threshold = held.Threshold, Share = held.Share.Copy(), ShareDigests = held.ShareDigests,
    };
}
