namespace Gantry.Actors.Runtime;

/// <summary>The links of a node that is alone.</summary>
public sealed class NullLinks : INodeLinks
{
    /// <summary>The only one.</summary>
    public static readonly NullLinks Instance = new();

    private NullLinks()
    {
    }

    /// <inheritdoc/>
    public void Open(LinkPeer me, ILinkReceiver receiver)
    {
        // Nobody is there.
    }

    /// <inheritdoc/>
    public void Close()
    {
        // Nothing is open.
    }

    /// <inheritdoc/>
    public void SetPeers(IReadOnlyList<LinkPeer> peers)
    {
        // Nobody is there.
    }

    /// <inheritdoc/>
    public bool TrySend(Incarnation to, LinkFrame frame) => false;

    /// <inheritdoc/>
    public LinkState StateOf(Incarnation peer) => LinkState.None;
}
