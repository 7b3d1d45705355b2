namespace Gantry.Actors.Runtime;

/// <summary>
/// The transport between nodes (engine 5.7): one ordered stream of frames per direction and peer. It frames, authenticates, keeps credit,
/// pings, and reconnects by itself; it knows nothing of what frames mean. Thread-safe; no method waits.
/// </summary>
public interface INodeLinks
{
    /// <summary>
    /// An incarnation of this node begins: links are opened in its name from now on. What is left of a former one is dropped.
    /// </summary>
    /// <param name="me">This node.</param>
    /// <param name="receiver">Gets what comes in; called on the transport's threads, one frame of a peer at a time and in its order.</param>
    void Open(LinkPeer me, ILinkReceiver receiver);

    /// <summary>The incarnation is over: nothing is sent or received until the next <see cref="Open"/>.</summary>
    void Close();

    /// <summary>All living peers, this node left out. Links to others are closed, to new ones opened.</summary>
    void SetPeers(IReadOnlyList<LinkPeer> peers);

    /// <summary>Hands a frame over, and never waits. False: no link, no credit, no room, or too large; nothing was sent.</summary>
    bool TrySend(Incarnation to, LinkFrame frame);

    /// <summary>How the link to a peer stands.</summary>
    LinkState StateOf(Incarnation peer);
}

/// <summary>What comes in over links: the engine. Thread-safe; every method returns at once.</summary>
public interface ILinkReceiver
{
    /// <summary>A frame of a peer.</summary>
    void Received(Incarnation from, LinkFrame frame);

    /// <summary>A node that is no peer opens a link: it may have joined since members were last looked at.</summary>
    void Stranger(Incarnation who);

    /// <summary>Frames reach the peer, and its frames reach us.</summary>
    void LinkUp(Incarnation peer);

    /// <summary>One of the directions is broken. What was sent and not answered may or may not have arrived.</summary>
    void LinkDown(Incarnation peer);
}

/// <summary>A node at the other end of a link.</summary>
/// <param name="Incarnation">This run of it; a link to another run is refused by either side.</param>
/// <param name="NodeId">Its name.</param>
/// <param name="Link">Where it listens; null when it says nothing about that, and then it is never reached.</param>
public sealed record LinkPeer(Incarnation Incarnation, string NodeId, Uri? Link);

/// <summary>How a link stands.</summary>
public enum LinkState
{
    /// <summary>Not a peer.</summary>
    None,

    /// <summary>Being opened, or opened again.</summary>
    Connecting,

    /// <summary>Works in both directions.</summary>
    Up,
}
