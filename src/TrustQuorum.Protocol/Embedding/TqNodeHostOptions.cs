using System.Net;
using Gantry.Primitives;

namespace Gantry.TrustQuorum.Protocol;

/// <summary>What a host process gives its node.</summary>
public sealed record TqNodeHostOptions
{
    /// <summary>API calls waiting for their turn; one more is answered <see cref="TqErrorCode.Busy"/>.</summary>
    public const int ApiQueueMax = 32;

    /// <summary>The sled's baseboard.</summary>
    public required BaseboardId Self { get; init; }

    /// <summary>Its hardware revision, part of its platform id.</summary>
    public long Revision { get; init; }

    /// <summary>Where peers connect to: an address of this sled, not any. Who dials whom follows from it.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>How peers are identified; the default believes them and is refused but on loopback.</summary>
    public ITqHandshake Handshake { get; init; } = UnattestedHandshake.Instance;

    /// <summary>Times and bounds of links.</summary>
    public TqTransportOptions Transport { get; init; } = new();

    /// <summary>Faults on links; null for none.</summary>
    public ITqLinkPolicy? LinkPolicy { get; init; }

    /// <summary>The sled's share of the older scheme, taken over by a first start; null for a sled that never had one.</summary>
    public ILrtqStore? Lrtq { get; init; }

    /// <summary>Who hears of what the node would log, of its end, of commits. May be called from any thread and must return soon.</summary>
    public TqHostEvents Events { get; init; } = new();

    // Both would look as if they worked: a mesh that never forms, and one that anybody may join.
    internal string? WhyNot()
    {
        if (Listen.Address.Equals(IPAddress.Any) || Listen.Address.Equals(IPAddress.IPv6Any))
        {
            return $"Listen is {Listen}: peers are dialled by the order of addresses, so the node needs the one that they know it by";
        }

        return Handshake is UnattestedHandshake && !IPAddress.IsLoopback(Listen.Address)
            ? $"Handshake believes whatever a peer says of itself, and Listen is {Listen}: outside loopback an attested one is needed"
            : null;
    }
}

/// <summary>What a host may listen to.</summary>
public sealed record TqHostEvents
{
    /// <summary>What the node would log.</summary>
    public Action<TqNote>? Note { get; init; }

    /// <summary>The node stopped for good: it could not save, or broke a rule.</summary>
    public Action<Exception>? Stopped { get; init; }

    /// <summary>The latest committed epoch changed (4.16).</summary>
    public Action<ulong>? Committed { get; init; }

    /// <summary>A session began (null) or ended (why).</summary>
    public Action<BaseboardId?, string?>? Link { get; init; }
}
