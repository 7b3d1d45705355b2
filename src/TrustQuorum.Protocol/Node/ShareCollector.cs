using System.Runtime.InteropServices;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>Shares of one configuration as they come in; takes only those that the configuration vouches for (tq 2.3). Owns copies.</summary>
internal sealed class ShareCollector(TqContext node, TqConfiguration config) : IDisposable
{
    private readonly List<BaseboardId> _from = [];
    private readonly List<KeyShare> _shares = [];

    public TqConfiguration Config { get; } = config;

    public ReadOnlySpan<KeyShare> Shares => CollectionsMarshal.AsSpan(_shares);

    /// <summary>Whether there are enough to act.</summary>
    public bool IsEnough =>
        _shares.Count >= (node.Lacks(TqMutations.RebuildBelowThreshold) ? Math.Max(2, Config.Threshold - 1) : Config.Threshold);

    public bool Has(BaseboardId from) => _from.Contains(from);

    public void AddOwn(KeyShare share) => Add(node.Self, share);

    /// <summary>True when the share was new and valid.</summary>
    public bool Offer(BaseboardId from, ulong epoch, KeyShare share)
    {
        if (epoch != Config.Epoch || (Has(from) && !node.Lacks(TqMutations.CountRepeatedShares)))
        {
            return false;
        }

        if (!Config.Accepts(from, share) && !node.Lacks(TqMutations.SkipShareDigest))
        {
            node.Note(TqNoteKind.ShareRefused, epoch, from);
            return false;
        }

        Add(from, share);
        return true;
    }

    /// <summary>Asks every connected member that has not answered yet.</summary>
    public void Ask()
    {
        foreach (var peer in node.Connected)
        {
            AskIfMissing(peer);
        }
    }

    public void AskIfMissing(BaseboardId peer)
    {
        if (Config.Has(peer) && !Has(peer))
        {
            node.Send(peer, new TqMessage.GetShare(Config.Epoch));
        }
    }

    public void Dispose()
    {
        foreach (var share in _shares)
        {
            share.Dispose();
        }
    }

    private void Add(BaseboardId from, KeyShare share)
    {
        _from.Add(from);
        _shares.Add(share.Copy());
    }
}
