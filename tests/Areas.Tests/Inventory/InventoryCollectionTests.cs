using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Inventory;
using Gantry.Primitives;
using Gantry.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Inventory;

/// <summary>Bootstrap, registration and collection over a real engine.</summary>
public sealed class InventoryCollectionTests : IAsyncLifetime
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private readonly RackDoubles _rack = new();
    private EngineHarness _engine = null!; // set in InitializeAsync

    private static InventoryOptions Configured => new()
    {
        Racks =
        [
            new RackOptions
            {
                Id = SledWorld.Rack.Value,
                Subnet = "fd00:1122:3344:100::/56",
                Switches =
                [
                    new SwitchOptions { Slot = 0, Address = "http://127.0.0.1:12224" },
                    new SwitchOptions { Slot = 1, Address = "http://127.0.0.1:12225" },
                ],
                ManagementGateways = { "http://127.0.0.1:12226" },
            },
        ],
    };

    public async Task InitializeAsync()
    {
        _engine = await EngineHarness.StartAsync(InventoryArea.Module);
        await BootstrapAsync();
    }

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public async Task Declared_rack_and_switches_are_there_once_however_often_the_node_starts()
    {
        await BootstrapAsync();

        (await _engine.RowsAsync(InventoryViews.Racks)).Single().Row.Subnet.ShouldBe("fd00:1122:3344:100::/56");
        (await _engine.RowsAsync(InventoryViews.Switches)).Select(s => (s.Row.Slot, s.Revision)).ShouldBe([(0, 1), (1, 1)], ignoreOrder: true);
    }

    [Fact]
    public async Task Announced_sled_gets_a_subnet_and_a_repeat_of_its_registration_is_refused()
    {
        var sled = await AnnounceAsync(1);

        var row = (await _engine.RowAsync(InventoryViews.Sleds, sled.ToString()))!;
        (row.Subnet, row.Slot, row.IsProvisionable).ShouldBe(("fd00:1122:3344:121::/64", null, true));
        (await Registrar().RegisterAsync(sled, Announcement(1), Ct)).ShouldBeOfType<Outcome<Done>.Refused>()
            .Why.Kind.ShouldBe(RefusalKind.Conflict);
        (await Registrar().RegisterAsync(sled, Announcement(1) with { Generation = 2 }, Ct)).ShouldBeOfType<Outcome<Done>.Accepted>();
    }

    [Fact]
    public async Task Same_hardware_under_another_id_is_refused_until_the_first_is_expunged()
    {
        var first = await AnnounceAsync(1);
        var second = SledId.From(SystemRandomSource.Instance.NewGuid());

        (await Registrar().RegisterAsync(second, Announcement(1), Ct)).ShouldBeOfType<Outcome<Done>.Refused>()
            .Why.Code.ShouldBe("BaseboardInService");
        await _engine.MustAsync(Addresses.Sled(first), new ExpungeSled());
        await _engine.QuietAsync();

        (await Registrar().RegisterAsync(second, Announcement(1), Ct)).ShouldBeOfType<Outcome<Done>.Accepted>();
        (await _engine.RowAsync(InventoryViews.Sleds, second.ToString()))!.Subnet.ShouldBe("fd00:1122:3344:122::/64");
    }

    [Fact]
    public async Task Collection_writes_slots_ports_service_processors_and_identities()
    {
        var sled = await AnnounceAsync(5);
        PutInSlot(5, 5);
        _rack.RearPorts.AddRange(["rear5", "rear6"]);

        (await CollectAsync()).End.ShouldBe(ReconcileEnd.Done);

        var port = (await _engine.RowAsync(InventoryViews.SledPorts, sled.ToString()))!;
        (port.Slot, port.RearPort).ShouldBe((5, "rear5"));
        (await _engine.RowAsync(InventoryViews.Sleds, sled.ToString()))!.ShouldSatisfyAllConditions(
            s => s.Slot.ShouldBe(5), s => s.TimeInventoried.ShouldNotBeNull());
        (await _engine.RowsAsync(InventoryViews.ServiceProcessors)).Single().Row.Serial.ShouldBe("serial5");
        (await _engine.RowsAsync(InventoryViews.Switches)).ShouldAllBe(s => s.Row.Serial == "SW" && s.Row.RearPorts!.Value.Length == 2);
        _engine.Nudges.All.ShouldContain((Reconcilers.Multicast, Addresses.SwitchKey(SledWorld.Rack, 1)));
    }

    [Fact]
    public async Task Second_collection_writes_nothing_when_nothing_changed()
    {
        await AnnounceAsync(5);
        PutInSlot(5, 5);
        _rack.RearPorts.Add("rear5");
        await CollectAsync();
        var before = (await _engine.RowsAsync(InventoryViews.Sleds)).Single().Revision;

        await CollectAsync();

        (await _engine.RowsAsync(InventoryViews.Sleds)).Single().Revision.ShouldBe(before);
    }

    [Theory]
    [InlineData("gateway")]
    [InlineData("switch")]
    public async Task Silent_part_keeps_its_former_rows_and_is_named(string part)
    {
        var sled = await AnnounceAsync(5);
        PutInSlot(5, 5);
        _rack.RearPorts.Add("rear5");
        await CollectAsync();
        _rack.Silent.Add(part);

        var end = await CollectAsync();

        end.End.ShouldBe(ReconcileEnd.Retry);
        end.Reason!.ShouldContain(part);
        (await _engine.RowAsync(InventoryViews.SledPorts, sled.ToString()))!.RearPort.ShouldBe("rear5");
    }

    [Fact]
    public async Task Silent_sled_still_gets_its_port_and_before_any_inventory_there_is_none()
    {
        var sled = await AnnounceAsync(5);
        PutInSlot(5, 5);
        _rack.RearPorts.Add("rear5");
        _rack.Silent.UnionWith([sled.ToString(), "switch"]);
        await CollectAsync();
        (await _engine.RowAsync(InventoryViews.SledPorts, sled.ToString())).ShouldBeNull("no switch ever told its backplane map");

        _rack.Silent.Remove("switch");
        await CollectAsync();

        (await _engine.RowAsync(InventoryViews.SledPorts, sled.ToString()))!.RearPort.ShouldBe("rear5");
        (await _engine.RowAsync(InventoryViews.Sleds, sled.ToString()))!.TimeInventoried.ShouldBeNull();
    }

    [Fact]
    public async Task Sled_that_hangs_keeps_nobody_off_the_map()
    {
        var sled = await AnnounceAsync(5);
        PutInSlot(5, 5);
        _rack.RearPorts.Add("rear5");
        var gate = new TaskCompletionSource();
        _rack.AgentGate = gate.Task;

        var turn = CollectAsync();
        await Eventually.HoldsAsync(
            async () => await _engine.RowAsync(InventoryViews.SledPorts, sled.ToString()) is { RearPort: "rear5" }, TimeSpan.FromSeconds(60));
        turn.IsCompleted.ShouldBeFalse();
        gate.SetResult();

        (await turn).End.ShouldBe(ReconcileEnd.Done);
        (await _engine.RowAsync(InventoryViews.Sleds, sled.ToString()))!.TimeInventoried.ShouldNotBeNull();
    }

    [Fact]
    public async Task Moved_sled_moves_its_port_and_an_expunged_one_loses_it()
    {
        var sled = await AnnounceAsync(5);
        PutInSlot(5, 5);
        _rack.RearPorts.AddRange(["rear5", "rear7"]);
        await CollectAsync();
        _rack.ServiceProcessors.Clear();
        PutInSlot(5, 7);

        await CollectAsync();
        (await _engine.RowAsync(InventoryViews.SledPorts, sled.ToString()))!.RearPort.ShouldBe("rear7");
        await _engine.MustAsync(Addresses.Sled(sled), new ExpungeSled());
        await CollectAsync();

        (await _engine.RowAsync(InventoryViews.SledPorts, sled.ToString())).ShouldBeNull();
    }

    [Fact]
    public async Task Rack_is_listed_for_its_shard()
    {
        var shards = ShardSet.All(ShardId.DefaultCount);

        (await Reconciler().ListAsync(shards, Ct).ToListAsync()).ShouldBe([SledWorld.Rack.ToString()]);
        (await Reconciler().ListAsync(new ShardSet([], ShardId.DefaultCount), Ct).ToListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Two_sleds_never_hold_active_reservations_of_one_instance()
    {
        var (a, b) = (await AnnounceAsync(1), await AnnounceAsync(2));
        await _engine.MustAsync(Addresses.Sled(a), Reserve(1, 1));

        // A lost claim is the engine's refusal; Instances answers it as 409.
        (await _engine.RefusedAsync(Addresses.Sled(b), Reserve(2, 1))).Kind.ShouldBe(RefusalKind.AlreadyExists);
        (await _engine.RowAsync(InventoryViews.Sleds, b.ToString()))!.ThreadsReserved.ShouldBe(0);
        await _engine.MustAsync(Addresses.Sled(a), new ReleaseSled(SledWorld.Vmm(1)));

        await _engine.MustAsync(Addresses.Sled(b), Reserve(2, 1));
    }

    [Fact]
    public async Task Of_several_racks_a_sled_joins_the_one_whose_gateway_lists_its_board_and_none_before()
    {
        var second = RackId.From(GuidForm.FromText("rack 2"));
        await _engine.MustAsync(Addresses.Rack(second), new DeclareRack("fd00:1122:3344:200::/56"));
        var sled = SledId.From(GuidForm.FromText("announced 7"));

        var early = (await Registrar().RegisterAsync(sled, Announcement(7), Ct)).ShouldBeOfType<Outcome<Done>.Refused>().Why;
        (early.Code, early.Kind).ShouldBe(("SledRackUnknown", RefusalKind.Unavailable));
        foreach (var (rack, serial) in new[] { (SledWorld.Rack, "serial8"), (second, "serial7") })
        {
            await _engine.MustAsync(
                Addresses.Rack(rack), new RecordServiceProcessors([new ServiceProcessorSeen("sled", 3, "part", serial, "A0")], TimeProvider.System.GetUtcNow()));
        }

        (await Registrar().RegisterAsync(sled, Announcement(7), Ct)).ShouldBeOfType<Outcome<Done>.Accepted>();

        var row = (await _engine.RowAsync(InventoryViews.Sleds, sled.ToString()))!;
        row.Rack.ShouldBe(second);
        row.Subnet.ShouldStartWith("fd00:1122:3344:2");
    }

    private static ReserveSled Reserve(int vmm, int instance) =>
        new(SledWorld.Vmm(vmm), SledWorld.Instance(instance), 1, 1L << 30, ReserveSled.Active);

    private static SledAnnouncement Announcement(int n) => new(new SledBaseboard($"serial{n}", "part", 1), SledWorld.Facts(), 1);

    private async Task<SledId> AnnounceAsync(int n)
    {
        var sled = SledId.From(GuidForm.FromText($"announced {n}"));
        (await Registrar().RegisterAsync(sled, Announcement(n), Ct)).ShouldBeOfType<Outcome<Done>.Accepted>();
        _rack.Agents[sled.ToString()] = sled.Value;
        return sled;
    }

    private void PutInSlot(int n, int slot) =>
        _rack.ServiceProcessors.Add(new ServiceProcessorState("sled", slot, "part", $"serial{n}", "A0"));

    private SledRegistrar Registrar() => new(_engine.Entities, _engine.Views, SystemRandomSource.Instance);

    private async Task BootstrapAsync() => await new RackBootstrap(
        _engine.Entities,
        Options.Create(Configured),
        SystemRandomSource.Instance,
        TimeProvider.System,
        NullLogger<RackBootstrap>.Instance).RunAsync(Ct);

    private InventoryCollection Reconciler() => new(
        _engine.Entities,
        _engine.Views,
        _rack,
        _rack,
        _rack,
        Options.Create(Configured),
        new InventoryTools(TimeProvider.System, SystemRandomSource.Instance, NullLogger<InventoryCollection>.Instance));

    private async Task<Reconciled> CollectAsync() => await Reconciler().ReconcileAsync(
        SledWorld.Rack.ToString(), new ReconcileTurn(IsResync: true, IsFirst: false, Attempt: 1, TimeProvider.System.GetUtcNow()), Ct);
}
