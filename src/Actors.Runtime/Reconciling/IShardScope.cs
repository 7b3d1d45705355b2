namespace Gantry.Actors.Runtime;

/// <summary>
/// The shards that this node works on, as they come and go (engine 7). On one node these are all of them, for ever. Thread-safe.
/// </summary>
public interface IShardScope
{
    /// <summary>The shards of this moment.</summary>
    ShardSet Owned { get; }

    /// <summary>There is no other node to work on what is not among them.</summary>
    bool IsWhole { get; }

    /// <summary>Within the last second the store said that this node is a living member.</summary>
    bool IsConfirmed { get; }

    /// <summary>Within the last second the store said that the shard of an address is this node's, and it has not left since (engine 7.1).</summary>
    bool Confirms(EntityAddress address);

    /// <summary>Calls back after shards came or went, on the thread that changed it: return at once. Until the result is disposed.</summary>
    IDisposable OnChange(Action changed);

    /// <summary>Calls back when another node nudges a reconciler here.</summary>
    IDisposable OnNudge(Action<RelayedNudge> nudged);

    /// <summary>
    /// Nudges a reconciler's key at the owner of an address, as soon as there is one that can be reached; that may turn out to be this node.
    /// In memory only: what is lost with this process, the resync makes up for.
    /// </summary>
    void Relay(EntityAddress address, RelayedNudge nudge);

    /// <summary>Nudges all keys of a reconciler on all other nodes.</summary>
    void RelayToAll(string reconciler, bool forgetBackoff);
}

/// <summary>A nudge between nodes.</summary>
/// <param name="Reconciler">Whose.</param>
/// <param name="Key">Its key; null for all.</param>
/// <param name="ForgetBackoff">A device came back.</param>
/// <param name="Trace">W3C trace context.</param>
/// <param name="Hops">Links it has crossed; at most <see cref="HopsMax"/>.</param>
public sealed record RelayedNudge(string Reconciler, string? Key, bool ForgetBackoff, string? Trace, int Hops = 0)
{
    /// <summary>Nodes whose maps differ pass it on so often; then the resync has to do.</summary>
    public const int HopsMax = 3;
}

/// <summary>The same shards for ever: one node alone.</summary>
public sealed class FixedScope(ShardSet shards) : IShardScope
{
    /// <inheritdoc/>
    public ShardSet Owned { get; } = shards;

    /// <inheritdoc/>
    public bool IsWhole => true;

    /// <inheritdoc/>
    public bool IsConfirmed => true;

    /// <inheritdoc/>
    public bool Confirms(EntityAddress address) => true;

    /// <inheritdoc/>
    public IDisposable OnChange(Action changed) => Nothing.Instance;

    /// <inheritdoc/>
    public IDisposable OnNudge(Action<RelayedNudge> nudged) => Nothing.Instance;

    /// <inheritdoc/>
    public void Relay(EntityAddress address, RelayedNudge nudge)
    {
        // There is nobody else.
    }

    /// <inheritdoc/>
    public void RelayToAll(string reconciler, bool forgetBackoff)
    {
        // There is nobody else.
    }

    private sealed class Nothing : IDisposable
    {
        public static readonly Nothing Instance = new();

        public void Dispose()
        {
            // Nothing was subscribed.
        }
    }
}
