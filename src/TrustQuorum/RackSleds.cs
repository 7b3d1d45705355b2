using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;

namespace Gantry.TrustQuorum;

/// <summary>Finds the sleds of racks and their adapters through the view <c>sleds</c>.</summary>
internal sealed class RackSleds(IViews views, ISledQuorumPorts ports)
{
    /// <summary>Commissioned sleds of one rack by hardware; exact pairs of part and serial (H4).</summary>
    public async ValueTask<CommissionedSleds> OfAsync(RackId rack, CancellationToken ct)
    {
        var rows = await views.ListAsync(
            new ViewQuery<SledRow>(InventoryViews.Sleds).WhereEqual("rack", rack.ToString()), ct).ConfigureAwait(false);
        return new CommissionedSleds(ports, rows.Select(r => r.Row));
    }

    /// <summary>Hardware commissioned in other racks, and of the named ones those that nobody ever saw.</summary>
    public async ValueTask<(ImmutableArray<BaseboardId> Elsewhere, ImmutableArray<BaseboardId> Unknown)> JudgeAsync(
        RackId rack, ImmutableArray<BaseboardId> named, CancellationToken ct)
    {
        var snapshot = await views.SnapshotAsync(ct).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            var sleds = await snapshot.ListAsync(new ViewQuery<SledRow>(InventoryViews.Sleds), ct).ConfigureAwait(false);
            var seen = await snapshot.ListAsync(new ViewQuery<ServiceProcessorRow>(InventoryViews.ServiceProcessors), ct).ConfigureAwait(false);
            var known = sleds.Select(s => CommissionedSleds.IdOf(s.Row))
                .Concat(seen.Where(s => s.Row.Type == "sled").Select(s => new BaseboardId(s.Row.Part, s.Row.Serial)))
                .ToHashSet();
            return (
                [.. sleds.Where(s => s.Row.Rack != rack && CommissionedSleds.IsCommissioned(s.Row)).Select(s => CommissionedSleds.IdOf(s.Row))],
                [.. named.Where(n => !known.Contains(n))]);
        }
    }
}

/// <summary>The commissioned sleds of one rack as of one reading.</summary>
internal sealed class CommissionedSleds
{
    private readonly ISledQuorumPorts _ports;
    private readonly Dictionary<BaseboardId, SledRow> _sleds = [];

    public CommissionedSleds(ISledQuorumPorts ports, IEnumerable<SledRow> rows)
    {
        _ports = ports;

        // The same hardware may have been commissioned twice: an expunged sled that is not decommissioned yet stands behind its successor.
        foreach (var row in rows.Where(IsCommissioned).OrderBy(r => r.Policy == "expunged"))
        {
            _sleds.TryAdd(IdOf(row), row);
        }
    }

    public IEnumerable<BaseboardId> All => _sleds.Keys;

    public static BaseboardId IdOf(SledRow row) => new(row.Part, row.Serial);

    /// <summary>Commissioned for membership: expunged ones included until they are decommissioned (vmm 2.5).</summary>
    public static bool IsCommissioned(SledRow row) => row.State == "active";

    public SledRow? Find(BaseboardId id) => _sleds.GetValueOrDefault(id);

    /// <summary>Whether the hardware has a sled that is not expunged, so that its agent need not be started.</summary>
    public bool IsRunning(BaseboardId id) => Find(id) is { Policy: not "expunged" };

    public ISledQuorumPort? Port(BaseboardId id) =>
        Find(id) is { } row ? _ports.For(row.Id.ToString(), new Uri($"http://{row.Address}")) : null;

    public bool IsDown(BaseboardId id) => Port(id) is not { Status.State: not DeviceState.Down };

    /// <summary>At most so many of the given members that are commissioned, in random order, those that answer first.</summary>
    public ImmutableArray<(BaseboardId Id, ISledQuorumPort Port)> Draw(
        IEnumerable<BaseboardId> among, int count, IRandomSource random)
    {
        var shuffled = among.Where(_sleds.ContainsKey).Select(id => (Id: id, Order: random.Next(int.MaxValue)))
            .OrderBy(x => IsDown(x.Id)).ThenBy(x => x.Order)
            .Take(count);
        return [.. shuffled.Select(x => (x.Id, Port(x.Id)!))]; // commissioned, so it has a port
    }
}
