using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gantry.Inventory;

/// <summary>
/// Reads what is in a rack: service processors from its management gateways, identity and backplane map of each switch, and each
/// in-service sled's agent. A part that does not answer keeps its former rows (vmm 1.9).
/// </summary>
internal sealed class InventoryCollection(
    IEntities entities,
    IViews views,
    ISledPorts sleds,
    ISwitchPorts switches,
    IServiceProcessorPorts gateways,
    IOptions<InventoryOptions> options,
    InventoryTools tools) : IReconciler
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    public string Name => Reconcilers.InventoryCollection;

    public ReconcilerOptions Options { get; } = new()
    {
        Period = TimeSpan.FromSeconds(60),
        Concurrency = 4,
        BackoffFirst = TimeSpan.FromSeconds(1),
        BackoffMax = TimeSpan.FromSeconds(60),
    };

    public EntityAddress AddressOf(string key) => new("rack", key);

    public async IAsyncEnumerable<string> ListAsync(ShardSet shards, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var rack in views.AllAsync(new ViewQuery<RackRow>(InventoryViews.Racks), ct).ConfigureAwait(false))
        {
            if (shards.Contains(Addresses.Rack(rack.Row.Id)))
            {
                yield return rack.Key;
            }
        }
    }

    public async ValueTask<Reconciled> ReconcileAsync(string key, ReconcileTurn turn, CancellationToken ct)
    {
        if (!Guid.TryParse(key, out var id) || await views.GetAsync(InventoryViews.Racks, key, ct).ConfigureAwait(false) is null)
        {
            return Reconciled.Done;
        }

        var run = new Run(RackId.From(id));
        var switchRows = await views.ListAsync(InRack(InventoryViews.Switches, key), ct).ConfigureAwait(false);
        var sledRows = (await views.ListAsync(InRack(InventoryViews.Sleds, key), ct).ConfigureAwait(false))
            .Where(s => s.Row.IsInService).Select(s => s.Row).ToImmutableArray();

        // All parts at once, and places before the agents' answers: a sled that hangs must not keep the others off the map.
        var serviceProcessors = CollectServiceProcessorsAsync(run, ct).AsTask();
        var ports = Task.WhenAll(switchRows.Select(s => CollectSwitchAsync(run, s.Row, ct).AsTask()));
        var agents = sledRows.Select(s => CollectSledAsync(run, s, ct).AsTask()).ToList();
        await Task.WhenAll(serviceProcessors, ports).ConfigureAwait(false);

        var rear = SledPlaces.RearPorts(switchRows.Select(s => s.Row.Slot).Zip(await ports.ConfigureAwait(false)));
        var seen = await serviceProcessors.ConfigureAwait(false);
        await Task.WhenAll(sledRows.Zip(agents, (sled, agent) => RecordSledAsync(run, sled, SledPlaces.Find(sled, seen, rear), agent, ct)))
            .ConfigureAwait(false);
        return run.Silent.IsEmpty ? Reconciled.Done : Reconciled.Retry($"did not answer: {string.Join(", ", run.Silent)}");
    }

    private async ValueTask<ImmutableArray<ServiceProcessorSeen>?> CollectServiceProcessorsAsync(Run run, CancellationToken ct)
    {
        var addresses = options.Value.Racks.FirstOrDefault(r => r.Id == run.Rack.Value)?.ManagementGateways ?? [];
        foreach (var address in addresses)
        {
            var listed = await gateways.For(new Uri(address)).ListAsync(ct).ConfigureAwait(false);
            if (listed is DeviceOutcome<ImmutableArray<ServiceProcessorState>>.Answered answered)
            {
                ImmutableArray<ServiceProcessorSeen> seen =
                    [.. answered.Value.Select(sp => new ServiceProcessorSeen(sp.Type, sp.Slot, sp.PartNumber, sp.SerialNumber, sp.PowerState))];
                await RecordAsync(run, Addresses.Rack(run.Rack), new RecordServiceProcessors(seen, Now()), ct).ConfigureAwait(false);
                return seen;
            }

            Silent(run, $"management gateway {address}", listed.Describe());
        }

        return await FormerServiceProcessorsAsync(run, ct).ConfigureAwait(false);
    }

    private async ValueTask<ImmutableArray<ServiceProcessorSeen>?> FormerServiceProcessorsAsync(Run run, CancellationToken ct)
    {
        var rows = await views.ListAsync(InRack(InventoryViews.ServiceProcessors, run.Rack.ToString()), ct).ConfigureAwait(false);
        return rows.IsEmpty
            ? null
            : [.. rows.Select(r => new ServiceProcessorSeen(r.Row.Type, r.Row.Slot, r.Row.Part, r.Row.Serial, r.Row.PowerState))];
    }

    private async ValueTask<ImmutableArray<string>?> CollectSwitchAsync(Run run, SwitchRow row, CancellationToken ct)
    {
        var key = Addresses.SwitchKey(row.Rack, row.Slot);
        var port = switches.For(key, new Uri(row.Address));
        var identifiers = await port.IdentifiersAsync(ct).ConfigureAwait(false);
        if (identifiers is not DeviceOutcome<SwitchIdentifiers>.Answered identity)
        {
            Silent(run, $"switch {row.Slot}", identifiers.Describe());
            return row.RearPorts;
        }

        var backplane = await port.BackplaneMapAsync(ct).ConfigureAwait(false);
        if (backplane is not DeviceOutcome<ImmutableDictionary<string, BackplaneLink>>.Answered map)
        {
            Silent(run, $"switch {row.Slot}", backplane.Describe());
            return row.RearPorts;
        }

        ImmutableArray<string> ports = [.. map.Value.Keys];
        var seen = new SwitchSeen(identity.Value.Serial, identity.Value.Model, identity.Value.Revision, ports);
        await RecordAsync(run, Addresses.Switch(row.Rack, row.Slot), new RecordSwitch(seen, Now()), ct).ConfigureAwait(false);
        return ports;
    }

    private async ValueTask<bool> CollectSledAsync(Run run, SledRow row, CancellationToken ct)
    {
        var answer = await sleds.For(row.Id.ToString(), new Uri($"http://{row.Address}")).InventoryAsync(ct).ConfigureAwait(false);
        if (answer is not DeviceOutcome<SledInventory>.Answered inventory)
        {
            Silent(run, $"sled {row.Serial}", answer.Describe());
            return false;
        }

        if (inventory.Value.SledId == row.Id.Value)
        {
            return true;
        }

        InventoryLog.WrongSled(tools.Log, row.Id.ToString(), row.Address, inventory.Value.SledId);
        return false;
    }

    private async Task RecordSledAsync(Run run, SledRow sled, SledPlaceSeen? place, Task<bool> agent, CancellationToken ct)
    {
        if (place is not null && !agent.IsCompleted)
        {
            await RecordAsync(run, Addresses.Sled(sled.Id), new RecordSledInventory(place, AgentAnswered: false, Now()), ct)
                .ConfigureAwait(false);
        }

        var answered = await agent.ConfigureAwait(false);
        if (place is not null || answered)
        {
            await RecordAsync(run, Addresses.Sled(sled.Id), new RecordSledInventory(place, answered, Now()), ct).ConfigureAwait(false);
        }
    }

    private async ValueTask RecordAsync(Run run, EntityAddress to, ICommand<Done> command, CancellationToken ct)
    {
        var askOptions = new AskOptions
        {
            Key = CommandKey.Fresh(tools.Random),
            Deadline = Deadline,
            Caller = Principal.Reconciler(Name),
        };
        var outcome = await entities.AskAsync(to, command, askOptions, ct).ConfigureAwait(false);
        if (outcome is Outcome<Done>.Accepted)
        {
            return;
        }

        run.AddSilent(to.ToString());
        InventoryLog.NotRecorded(tools.Log, run.Rack.ToString(), to.ToString(), outcome.ToString());
    }

    private void Silent(Run run, string part, string why)
    {
        run.AddSilent(part);
        InventoryLog.PartSilent(tools.Log, run.Rack.ToString(), part, why);
    }

    private DateTimeOffset Now() => tools.Time.GetUtcNow();

    private static ViewQuery<TRow> InRack<TRow>(ViewSchema<TRow> view, string rack) where TRow : class =>
        new ViewQuery<TRow>(view).WhereEqual("rack", rack);

    /// <summary>One turn: which rack, and who kept silent.</summary>
    private sealed class Run(RackId rack)
    {
        private ImmutableSortedSet<string> _silent = [];

        public RackId Rack { get; } = rack;

        public ImmutableSortedSet<string> Silent => _silent;

        // Parts are read side by side.
        public void AddSilent(string part) => ImmutableInterlocked.Update(ref _silent, (set, added) => set.Add(added), part);
    }
}

/// <summary>Clock, dice and log of the collection.</summary>
internal sealed record InventoryTools(TimeProvider Time, IRandomSource Random, ILogger<InventoryCollection> Log);
