using System.Collections.Immutable;
using System.Net;
using Gantry.Devices;

namespace Gantry.Sled.Simulator;

/// <summary>What a sled's packet engine was told about groups (multicast 8.2). Gone when the agent starts anew. Thread-safe.</summary>
internal sealed class PacketEngine
{
    private readonly Lock _lock = new();
    private ImmutableSortedDictionary<string, string> _mappings = Empty<string>();
    private ImmutableSortedDictionary<string, ImmutableArray<SledNextHop>> _forwarding = Empty<ImmutableArray<SledNextHop>>();

    public ImmutableArray<SledGroupMapping> Mappings => [.. _mappings.Select(m => new SledGroupMapping(m.Key, m.Value))];

    public ImmutableArray<SledForwarding> Forwarding => [.. _forwarding.Select(f => new SledForwarding(f.Key, f.Value))];

    public string? Set(SledGroupMapping mapping) => Why(mapping) ?? Change(() => _mappings = _mappings.SetItem(Text(mapping.Group), Text(mapping.Underlay)));

    /// <summary>Only the pair as it was set goes; anything else is gone already.</summary>
    public string? Clear(SledGroupMapping mapping) => Why(mapping) ?? Change(() =>
        _mappings = _mappings.GetValueOrDefault(Text(mapping.Group)) == Text(mapping.Underlay) ? _mappings.Remove(Text(mapping.Group)) : _mappings);

    /// <summary>Next hops are added to those that are there; one of the same address is replaced.</summary>
    public string? Add(SledForwarding forwarding)
    {
        if (WhyNotUnderlay(forwarding.Underlay) is { } why)
        {
            return why;
        }

        foreach (var hop in forwarding.NextHops)
        {
            if (!IPAddress.TryParse(hop.NextHop, out _)
                || hop.Replication is not ("external" or "underlay" or "both")
                || hop.Filter.Mode is not ("include" or "exclude"))
            {
                return $"next hop \"{hop.NextHop}\" is not an address with a replication and a filter";
            }
        }

        return Change(() =>
        {
            var key = Text(forwarding.Underlay);
            var present = _forwarding.GetValueOrDefault(key, []);
            _forwarding = _forwarding.SetItem(
                key, [.. present.Where(p => forwarding.NextHops.All(n => n.NextHop != p.NextHop)), .. forwarding.NextHops]);
        });
    }

    public string? ClearForwarding(string underlay) =>
        WhyNotUnderlay(underlay) ?? Change(() => _forwarding = _forwarding.Remove(Text(underlay)));

    public void Restart() => Change(() =>
        (_mappings, _forwarding) = (Empty<string>(), Empty<ImmutableArray<SledNextHop>>()));

    private static ImmutableSortedDictionary<string, T> Empty<T>() => ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);

    private static string Text(string address) => IPAddress.Parse(address).ToString();

    private static string? Why(SledGroupMapping mapping) =>
        IPAddress.TryParse(mapping.Group, out var group) && Memberships.IsMulticast(group)
            ? WhyNotUnderlay(mapping.Underlay)
            : $"group \"{mapping.Group}\" is not a multicast address";

    // ff04::/64.
    private static string? WhyNotUnderlay(string text) =>
        IPAddress.TryParse(text, out var address) && address.GetAddressBytes() is [0xff, 4, 0, 0, 0, 0, 0, 0, ..]
            ? null
            : $"underlay \"{text}\" is not in ff04::/64";

    private string? Change(Action change)
    {
        lock (_lock)
        {
            change();
            return null;
        }
    }
}
