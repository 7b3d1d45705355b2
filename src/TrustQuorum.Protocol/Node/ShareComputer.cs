using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>Computes this node's share of a committed configuration out of those of others, when it missed its prepare (tq 4.8).</summary>
internal sealed class ShareComputer(TqContext node) : IDisposable
{
    private ShareCollector? _collector;

    /// <summary>The epoch being computed.</summary>
    public ulong? Epoch => _collector?.Config.Epoch;

    public void Start(TqConfiguration config)
    {
        Stop();
        _collector = new ShareCollector(node, config);
        node.Note(TqNoteKind.ComputingShare, config.Epoch);
        _collector.Ask();
    }

    public void Stop()
    {
        _collector?.Dispose();
        _collector = null;
    }

    public void PeerConnected(BaseboardId peer) => _collector?.AskIfMissing(peer);

    public void Take(BaseboardId from, ulong epoch, KeyShare share)
    {
        if (_collector is { } collector && collector.Offer(from, epoch, share) && collector.IsEnough)
        {
            Complete(collector);
        }
    }

    public void Dispose() => Stop();

    private void Complete(ShareCollector collector)
    {
        var config = collector.Config;
        var index = config.IndexOf(node.Self);
        if (index < 0)
        {
            node.Note(TqNoteKind.NotAMember, config.Epoch);
            return;
        }

        var (share, error) = Shamir.ComputeShare(collector.Shares, (byte)(index + 1));
        if (share is null)
        {
            node.Raise(new TqAlarm.ShareComputationFailed(config.Epoch, error ?? CombineError.InvalidShareId), config.Epoch);
            return;
        }

        // All shares used were vouched for, so a result that is not shows a configuration that was never whole.
        if (share.Digest() != config.Members[index].ShareDigest && !node.Lacks(TqMutations.SkipShareDigest))
        {
            share.Dispose();
            node.Raise(new TqAlarm.ShareComputationFailed(config.Epoch, CombineError.InvalidShareId), config.Epoch);
            return;
        }

        node.Change(node.State.WithShare(config.Epoch, share).WithCommit(config.Epoch));
        node.Note(TqNoteKind.Committed, config.Epoch);
        Stop();
    }
}
