using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Multicast;
using Gantry.Primitives;
using Gantry.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Gantry.Areas.Tests.Multicast;

/// <summary>
/// A real engine over a store in memory with this area, two fake switches, and the other areas' views as the test wants them. A pass is one
/// turn of every switch and everything that follows from it.
/// </summary>
internal sealed class MulticastWorld : IAsyncDisposable
{
    public static readonly SiloId Silo = new(GuidForm.FromText("silo"));

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly EngineHarness _engine;
    private readonly MulticastReconciler _reconciler;
    private readonly MulticastMetrics _metrics = new();
    private readonly FakeSwitches _fakes;
    private int _names;
    private bool _isOver;

    private MulticastWorld(EngineHarness engine, ManualTime time, bool enabled, ISwitchPorts? given, ImmutableArray<Uri> addresses)
    {
        _engine = engine;
        Time = time;
        Views = new StagedViews(engine.Views);
        Switches = Enumerable.Range(0, addresses.Length).ToImmutableDictionary(slot => Key(slot), _ => new FakeSwitch());
        foreach (var slot in Enumerable.Range(0, addresses.Length))
        {
            Views.Put(InventoryViews.Switches, Key(slot), SwitchRow(slot, addresses[slot]));
        }

        // An inventory is there as soon as one sled is.
        PlaceSled(Sled("nobody"), 31);
        FreshSled("retired", "expunged");
        Views.Put(InstanceViews.Instances, "none", InstanceRow(new InstanceId(GuidForm.FromText("none")), 0, "no_vmm", null));
        var options = Options.Create(new MulticastOptions { Enabled = enabled });
        _fakes = new FakeSwitches(Switches);
        var ports = given ?? _fakes;
        Service = new MembershipService(
            Views, engine.Entities, SystemRandomSource.Instance, TimeProvider.System, options, _metrics, NullLogger<MembershipService>.Instance);
        Pools = new PoolService(Views, engine.Entities);
        Verifier = new SwitchVerifier(Views, ports);
        Status = new MulticastStatus();
        var reporter = new GroupReporter(engine.Entities, ports, SystemRandomSource.Instance, _metrics, time);
        var linker = new UnderlayLinker(Views, engine.Entities, SystemRandomSource.Instance, _metrics);
        var converger = new GroupConverger(NullLogger<GroupConverger>.Instance);
        _reconciler = new MulticastReconciler(
            Views,
            ports,
            new SmallTurn(Views, linker, converger, reporter, Status, time, NullLogger<SmallTurn>.Instance),
            new FullTurn(Views, linker, converger, reporter, Status, _metrics, time, NullLogger<FullTurn>.Instance),
            new MemberRecall(Views, engine.Entities, SystemRandomSource.Instance, time),
            Status,
            _metrics,
            options,
            time);
    }

    public static RackId Rack { get; } = new(GuidForm.FromText("rack"));

    public ManualTime Time { get; }

    public StagedViews Views { get; }

    public MembershipService Service { get; }

    public PoolService Pools { get; }

    public SwitchVerifier Verifier { get; }

    public MulticastStatus Status { get; }

    public ImmutableDictionary<string, FakeSwitch> Switches { get; }

    /// <summary>Keys of switches whose adapters were told that they are not recorded any more.</summary>
    public IReadOnlyList<string> Forgotten => _fakes.Forgotten;

    /// <summary>Keys of the reconciler that were nudged so far.</summary>
    public int Nudges => _engine.Nudges.All.Count(n => n.Reconciler == Reconcilers.Multicast);

    public FakeSwitch First => Switches[Key(0)];

    public FakeSwitch Second => Switches[Key(1)];

    public static async Task<MulticastWorld> StartAsync(bool enabled = true)
    {
        var time = new ManualTime();
        var engine = await EngineHarness.StartAsync([MulticastArea.Module], null, time);
        return new MulticastWorld(engine, time, enabled, null, [new Uri("http://127.0.0.1:1"), new Uri("http://127.0.0.1:2")]);
    }

    /// <summary>Over a store that outlives the world, after another one that is over.</summary>
    public static async Task<MulticastWorld> StartAsync(IActorStore store, bool enabled, MulticastWorld? before = null)
    {
        var time = before?.Time ?? new ManualTime();
        var engine = await EngineHarness.StartAsync([enabled ? MulticastArea.Module : MulticastArea.ModuleAsleep], store, time);
        var world = new MulticastWorld(engine, time, enabled, null, [new Uri("http://127.0.0.1:1"), new Uri("http://127.0.0.1:2")]);
        if (before is not null)
        {
            world.Views.TakeOver(before.Views);
        }

        return world;
    }

    /// <summary>With switches that somebody else runs.</summary>
    public static async Task<MulticastWorld> StartAsync(ISwitchPorts ports, params ImmutableArray<Uri> addresses)
    {
        var time = new ManualTime();
        var engine = await EngineHarness.StartAsync([MulticastArea.Module], null, time);
        return new MulticastWorld(engine, time, enabled: true, ports, addresses);
    }

    public static string Key(int slot) => Addresses.SwitchKey(Rack, slot);

    public static SledId Sled(string name) => new(GuidForm.FromText($"sled {name}"));

    // ---- other areas ---------------------------------------------------------------------------------------------

    /// <summary>Puts a sled into a cubby.</summary>
    public void PlaceSled(SledId sled, int? cubby) => Views.Put(
        InventoryViews.SledPorts,
        sled.ToString(),
        new SledPortRow(sled, Rack, cubby, cubby is null ? null : $"rear{cubby}", Time.GetUtcNow()));

    /// <summary>A sled that is in service, and of which no collection has told a place yet.</summary>
    public SledId FreshSled(string name, string policy = "provisionable")
    {
        var sled = Sled(name);
        Views.Put(InventoryViews.Sleds, sled.ToString(), new SledRow
        {
            Id = sled,
            Rack = Rack,
            Serial = name,
            Part = "part",
            Revision = 1,
            Role = "gimlet",
            Policy = policy,
            State = "active",
            Address = "[::1]:1",
            HardwareThreads = 1,
            ThreadsReserved = 0,
            ReservoirReservedBytes = 0,
            PhysicalRamBytes = 1,
            ReservoirBytes = 1,
            CpuFamily = "amd_milan",
            AgentGeneration = 1,
            TimeCreated = Time.GetUtcNow(),
            TimeModified = Time.GetUtcNow(),
            Generation = 1,
        });
        return sled;
    }

    /// <summary>A new instance that runs in a cubby, on a sled of its own.</summary>
    public async Task<InstanceId> RunningAsync(int cubby)
    {
        var sled = Sled($"cubby {cubby}");
        PlaceSled(sled, cubby);
        var instance = new InstanceId(SystemRandomSource.Instance.NewGuid());
        await TellAsync(instance, 2, "vmm", sled);
        return instance;
    }

    /// <summary>A new instance that was never started.</summary>
    public async Task<InstanceId> StoppedAsync()
    {
        var instance = new InstanceId(SystemRandomSource.Instance.NewGuid());
        await TellAsync(instance, 2, "no_vmm", null);
        return instance;
    }

    /// <summary>The instance is now this, in its row and by message.</summary>
    public async Task TellAsync(InstanceId instance, long generation, string state, SledId? sled)
    {
        Views.Put(InstanceViews.Instances, instance.ToString(), InstanceRow(instance, generation, state, sled));
        await AskAsync(
            Addresses.InstanceMulticast(instance),
            new MembershipCommand.Told(new InstanceFacts(generation, state is "creating" or "vmm", sled)));
        await _engine.QuietAsync();
    }

    /// <summary>The instance is deleted.</summary>
    public async Task DeleteAsync(InstanceId instance)
    {
        Views.Drop(InstanceViews.Instances, instance.ToString());
        await AskAsync(Addresses.InstanceMulticast(instance), new MembershipCommand.Deleted());
        await QuietAsync();
    }

    // ---- pools ---------------------------------------------------------------------------------------------------

    /// <summary>A multicast pool with one range, linked to the silo.</summary>
    public async Task<IpPoolRow> PoolAsync(string first, string last, bool isDefault = false, SiloId? silo = null)
    {
        var pool = await EmptyPoolAsync(PoolType.Multicast, Ip.Parse(first).Version);
        (await AddRangeAsync(pool, first, last)).ShouldBeAccepted();
        (await Pools.LinkAsync(pool, silo ?? Silo, isDefault, Ask(), default)).ShouldBeAccepted();
        return pool;
    }

    public async Task<IpPoolRow> EmptyPoolAsync(PoolType type, IpVersion version, string? name = null)
    {
        var id = new PoolId(SystemRandomSource.Instance.NewGuid());
        var create = new PoolCommand.Create(name ?? $"pool-{_names++}", "", type, version, PoolAssignment.Silos);
        return (await Pools.CreateAsync(id, create, Ask(), default)).ShouldBeAccepted().Pool;
    }

    public async Task<Outcome<PoolRangeReply>> AddRangeAsync(IpPoolRow pool, string first, string last) =>
        await Pools.AddRangeAsync(pool.Id, Range(first, last), Ask(), default);

    public async Task<Outcome<Done>> RemoveRangeAsync(IpPoolRow pool, string first, string last) =>
        await TryAsync(Addresses.IpPool(pool.Id), new PoolCommand.RemoveRange(Range(first, last)));

    public async Task<Outcome<TReply>> TryAsync<TReply>(EntityAddress to, ICommand<TReply> command) where TReply : class =>
        await _engine.Entities.AskAsync(to, command, Ask(), default);

    // ---- joining -------------------------------------------------------------------------------------------------

    public async Task<Outcome<MemberReply>> JoinAsync(
        InstanceId instance, string group, string[]? sources = null, string? version = null, SiloId? silo = null)
    {
        if (JoinWish.TryParse(group, sources, version, out var wish) is { } refusal)
        {
            return new Outcome<MemberReply>.Refused(refusal);
        }

        return await Service.JoinAsync(new JoinRequest(instance, silo ?? Silo, wish!, Caller), default);
    }

    /// <summary>Explicit groups of this world, by a node that has the feature on or off.</summary>
    public ExplicitGroupService Explicit(bool enabled = true) => new(
        Views,
        _engine.Entities,
        SystemRandomSource.Instance,
        Options.Create(new MulticastOptions { Enabled = enabled }),
        NullLogger<MembershipService>.Instance);

    /// <summary>A group made by a call of its own.</summary>
    public async Task<GroupId> MadeAsync(string name, string address)
    {
        var extras = new ExplicitGroup { DefaultSources = [], Vni = MulticastLimits.Vni, Uplinks = [], FormerUplinks = [] };
        var wish = new GroupWish(new GroupId(SystemRandomSource.Instance.NewGuid()), name, "", Ip.Parse(address), null, extras);
        return (await Explicit().CreateAsync(wish, Silo, Ask(), default)).ShouldBeAccepted().Group.Id;
    }

    public async Task<Outcome<Done>> LeaveAsync(InstanceId instance, string group) =>
        await Service.LeaveAsync(instance, GroupIdentifier.TryParse(group)!, Caller, default);

    public async Task<Outcome<Done>> ReplaceAsync(InstanceId instance, params (string Group, string[]? Sources)[] wanted)
    {
        var wishes = ImmutableArray.CreateBuilder<JoinWish>();
        foreach (var (group, sources) in wanted)
        {
            if (JoinWish.TryParse(group, sources, null, out var wish) is { } refusal)
            {
                return new Outcome<Done>.Refused(refusal);
            }

            wishes.Add(wish!);
        }

        return await Service.ReplaceAsync(instance, Silo, wishes.ToImmutable(), Caller, default);
    }

    // ---- looking -------------------------------------------------------------------------------------------------

    public async Task<MulticastGroupRow?> GroupAsync(string group) =>
        await Views.FindGroupAsync(GroupIdentifier.TryParse(group)!, default);

    public async Task<GroupDetailRow?> DetailAsync(GroupId group) => await _engine.RowAsync(GroupViews.Details, group.ToString());

    public async Task<ImmutableArray<MulticastMemberRow>> MembersAsync(GroupId group) =>
        [.. (await _engine.RowsAsync(GroupViews.Members)).Select(m => m.Row).Where(m => m.Group == group)];

    public async Task<ImmutableArray<MulticastMemberRow>> MembershipsAsync(InstanceId instance) =>
        await Views.MembershipsAsync(instance, default);

    public async Task<MulticastMemberRow?> MemberAsync(InstanceId instance, GroupId group) =>
        (await Views.FindMemberAsync(group, instance, default))?.Row;

    public async Task<GroupSwitchRow> StandingAsync(GroupId group, int slot) =>
        (await _engine.RowAsync(GroupViews.Switches, GroupViews.SwitchKey(group, Key(slot))))!;

    public async Task<ImmutableArray<TRow>> RowsAsync<TRow>(ViewSchema<TRow> view) where TRow : class =>
        [.. (await _engine.RowsAsync(view)).Select(r => r.Row)];

    /// <summary>Rear ports of a group on a switch.</summary>
    public async Task<string[]> PortsAsync(GroupId group, FakeSwitch on)
    {
        var detail = await DetailAsync(group);
        var underlay = on.Groups.FirstOrDefault(g => g.IsUnderlay && Ip.Parse(g.Address) == detail?.Underlay);
        return underlay is null ? ["no group"] : [.. underlay.Members.Select(m => m.PortId).Order(StringComparer.Ordinal)];
    }

    // ---- doing ---------------------------------------------------------------------------------------------------

    /// <summary>One turn of every switch, and what follows from it; nudged, it is none of the period's.</summary>
    public async Task PassAsync(bool isNudged = false)
    {
        await QuietAsync();
        foreach (var slot in Enumerable.Range(0, Switches.Count))
        {
            await _reconciler.ReconcileAsync(Key(slot), new ReconcileTurn(!isNudged, false, 1, Time.GetUtcNow()), default);
        }

        await QuietAsync();
    }

    /// <summary>The switches that the reconciler would work on.</summary>
    public async Task<ImmutableArray<string>> ListAsync()
    {
        var keys = ImmutableArray.CreateBuilder<string>();
        await foreach (var key in _reconciler.ListAsync(ShardSet.All(_engine.Engine.Shards.ShardCount), default))
        {
            keys.Add(key);
        }

        return keys.ToImmutable();
    }

    /// <summary>What an observed instrument of the area shows now, by its tags.</summary>
    public Dictionary<string, double> Measure(string instrument)
    {
        var seen = new Dictionary<string, double>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (published, self) =>
            {
                if (published.Meter == _metrics.Meter && published.Name == instrument)
                {
                    self.EnableMeasurementEvents(published);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) => seen[Text(tags)] = value);
        listener.SetMeasurementEventCallback<int>((_, value, tags, _) => seen[Text(tags)] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return seen;

        static string Text(ReadOnlySpan<KeyValuePair<string, object?>> tags) => string.Join(' ', tags.ToArray().Select(t => $"{t.Key}={t.Value}"));
    }

    /// <summary>As many passes as multicast 5 needs: three.</summary>
    public async Task ConvergeAsync()
    {
        for (var pass = 0; pass < 3; pass++)
        {
            await PassAsync();
        }
    }

    /// <summary>Moves the clock and lets timers run.</summary>
    public async Task AfterAsync(TimeSpan time)
    {
        await QuietAsync();
        Time.Advance(time);
        ShardId[] all = [.. Enumerable.Range(0, _engine.Engine.Shards.ShardCount).Select(i => new ShardId(i))];
        await Eventually.HoldsAsync(
            async () =>
            {
                // A timer that is due is in the store until what it does is committed.
                await foreach (var row in _engine.Store.ScanMailAsync(all, Time.GetUtcNow(), null, 16, default))
                {
                    if (row.DueAt > DateTimeOffset.MinValue)
                    {
                        return false;
                    }
                }

                return _engine.Engine.IsQuiet;
            },
            s_patience);
        await QuietAsync();
    }

    public async Task QuietAsync()
    {
        // Timers due at once are in the store before they are in hand.
        Time.Advance(TimeSpan.FromMilliseconds(1));
        await _engine.QuietAsync();
    }

    public async Task<TReply> AskAsync<TReply>(EntityAddress to, ICommand<TReply> command) where TReply : class =>
        await _engine.MustAsync(to, command);

    public AskOptions Ask() => new()
    {
        Key = CommandKey.Fresh(SystemRandomSource.Instance),
        Deadline = TimeSpan.FromSeconds(10),
        Caller = Caller,
    };

    public async ValueTask DisposeAsync()
    {
        if (!_isOver)
        {
            _isOver = true;
            _metrics.Dispose();
            await _engine.DisposeAsync();
        }
    }

    private static Principal Caller { get; } = new(PrincipalKind.Host, "test");

    private static IpRange Range(string first, string last) => new(Ip.Parse(first), Ip.Parse(last));

    private SwitchRow SwitchRow(int slot, Uri address) => new()
    {
        Id = new SwitchId(GuidForm.FromText($"switch {slot}")),
        Rack = Rack,
        Slot = slot,
        Address = address.ToString(),
        Serial = $"SW{slot}",
        Part = "part",
        Revision = 1,
        TimeCreated = Time.GetUtcNow(),
        TimeModified = Time.GetUtcNow(),
        Generation = 1,
    };

    private InstanceRow InstanceRow(InstanceId id, long generation, string state, SledId? sled) => new()
    {
        Id = id,
        Name = "instance",
        Description = "",
        Project = new ProjectId(GuidForm.FromText("project")),
        Silo = Silo,
        Cpus = 1,
        MemoryBytes = 1,
        Hostname = "host",
        State = state,
        RunState = state == "vmm" ? "running" : "stopped",
        TimeRunStateUpdated = Time.GetUtcNow(),
        StateGeneration = generation,
        IntendedState = "running",
        Sled = sled,
        TimeCreated = Time.GetUtcNow(),
        TimeModified = Time.GetUtcNow(),
        Generation = 1,
    };
}
