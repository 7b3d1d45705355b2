using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>The session with each peer, the newest per peer. Not thread-safe: used within turns only.</summary>
internal sealed class PeerLinks(ITqLinkPolicy? policy, TimeProvider time)
{
    private readonly Dictionary<BaseboardId, TqLink> _links = [];

    /// <summary>The session with a peer; null when it is not there.</summary>
    public TqLink? Find(BaseboardId peer) => _links.GetValueOrDefault(peer);

    public void Add(TqLink link)
    {
        if (_links.Remove(link.Peer, out var former))
        {
            former.Close("replaced by a newer session");
        }

        _links.Add(link.Peer, link);
    }

    /// <summary>False for a session that a newer one has replaced.</summary>
    public bool TryRemove(TqLink link) => _links.TryGetValue(link.Peer, out var current) && current == link && _links.Remove(link.Peer);

    /// <summary>Ends the sessions that the policy no longer allows.</summary>
    public void FollowPolicy()
    {
        foreach (var link in _links.Values.Where(l => policy?.MayTalk(l.Peer) == false).ToList())
        {
            link.Close("cut by a fault");
        }
    }

    public void CloseAll(string why)
    {
        foreach (var link in _links.Values)
        {
            link.Close(why);
        }
    }

    /// <summary>To all peers but one.</summary>
    public void Tell(TqFrame frame, BaseboardId? except)
    {
        foreach (var link in _links.Values.Where(l => l.Peer != except).ToList())
        {
            link.TrySend(frame);
        }
    }

    /// <summary>Takes a message over and sends it; a peer without a session misses it, and the protocol sends it again.</summary>
    public void Send(TqEnvelope envelope)
    {
        var fate = policy?.FateOf(envelope.To, envelope.Message.Name) ?? default;
        if (fate.IsLost || !_links.TryGetValue(envelope.To, out var link))
        {
            envelope.Message.Dispose();
        }
        else if (fate.Delay > TimeSpan.Zero)
        {
            _ = SendLaterAsync(link, envelope, fate.Delay);
        }
        else
        {
            using (envelope.Message)
            {
                link.TrySend(new TqFrame.Tq(envelope.RackId, envelope.Message));
            }
        }
    }

    // Only with a fault: what it throws is the end of the host.
    private async Task SendLaterAsync(TqLink link, TqEnvelope envelope, TimeSpan delay)
    {
        using (envelope.Message)
        {
            await Task.Delay(delay, time, CancellationToken.None).ConfigureAwait(false);
            link.TrySend(new TqFrame.Tq(envelope.RackId, envelope.Message));
        }
    }
}
