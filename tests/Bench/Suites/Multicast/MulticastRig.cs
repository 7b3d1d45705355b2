using System.Collections.Immutable;
using System.Globalization;
using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Actors.Storage.Sqlite;
using Gantry.Areas.Tests.Multicast;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Multicast;
using Gantry.Primitives;
using Gantry.Switch;
using Gantry.Switch.Simulator;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gantry.Bench;

/// <summary>
/// The multicast area as a node runs it: SQLite, reconcilers, real adapters, and two switch simulators over HTTP in the same process. Inventory and
/// instances are staged rows: their cost is another suite's.
/// </summary>
internal sealed class MulticastRig : IAsyncDisposable
{
    public const int Groups = 1_000;
    public const int MembersPerGroup = 32;
    private const int Sleds = 32;
    private static readonly RackId s_rack = new(GuidForm.FromText("bench rack"));
    private static readonly Principal s_caller = new(PrincipalKind.Host, "bench");

    private readonly BenchFolder _folder = new();
    private readonly SqliteStore _store;
    private readonly ActorEngine _engine;
    private readonly ServiceProvider _services;
    private readonly ReconcilerHost _host;
    private int _instances;

    private MulticastRig(ImmutableArray<SwitchSimulator> switches)
    {
        Switches = switches;
        var commits = new CommitListeners();
        _store = new SqliteStore(new SqliteStoreOptions { Folder = _folder.New() }, TimeProvider.System, SystemRandomSource.Instance);
        _engine = new ActorEngine(new ActorEngineParts
        {
            Store = _store,
            Model = new EngineModel([MulticastArea.Module]),
            Options = new ActorEngineOptions { NodeId = "bench", Lanes = 1 },
            Listener = commits,
            Time = TimeProvider.System,
            Random = SystemRandomSource.Instance,
            Logs = NullLoggerFactory.Instance,
        });
        _host = new ReconcilerHost(commits, TimeProvider.System, SystemRandomSource.Instance, NullLogger<ReconcilerHost>.Instance);
        Views = new StagedViews(_engine.Views);
        _services = new ServiceCollection()
            .AddLogging()
            .AddMetrics()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(
                new Dictionary<string, string?> { ["gantry:multicast:enabled"] = "true", ["gantry:multicast:period_secs"] = "3600" }).Build())
            .AddSingleton<TimeProvider>(TimeProvider.System)
            .AddSingleton<IRandomSource>(SystemRandomSource.Instance)
            .AddSingleton<IViews>(Views)
            .AddSingleton(_engine.Entities)
            .AddSingleton<IReconcilers>(_host)
            .AddSwitchAdapters((_, key, change) =>
            {
                Noticed = change == DeviceChange.Reborn ? TimeProvider.System.GetTimestamp() : Noticed;
                _host.Nudge(Reconcilers.Multicast, key, forgetBackoff: true);
            })
            .AddMulticast()
            .BuildServiceProvider();
    }

    public ImmutableArray<SwitchSimulator> Switches { get; }

    public StagedViews Views { get; }

    /// <summary>When an adapter last found its switch reborn.</summary>
    public long Noticed { get; private set; }

    public MembershipService Service => _services.GetRequiredService<MembershipService>();

    public MulticastStatus Status => _services.GetRequiredService<MulticastStatus>();

    public IReconciler Reconciler => _services.GetServices<IReconciler>().Single(r => r.Name == Reconcilers.Multicast);

    public static string KeyOf(int slot) => Addresses.SwitchKey(s_rack, slot);

    public static async Task<MulticastRig> StartAsync(CancellationToken ct)
    {
        var switches = await Task.WhenAll(new[] { 0, 1 }.Select(slot => SwitchSimulator.StartAsync(
            new SwitchSimulatorOptions { Slot = slot, Port = 0, ControlPort = 0, Mode = SwitchMode.Faithful }, ct)));
        var rig = new MulticastRig([.. switches]);
        rig.StageRack();
        await rig._engine.StartAsync(ct);
        rig._host.Start([rig.Reconciler], rig._engine.Shards);
        return rig;
    }

    /// <summary>Fills the rack: every group with its members on the first half of the sleds.</summary>
    public async Task FillAsync(CancellationToken ct)
    {
        var running = Enumerable.Range(0, Groups).Select(n => new InstanceId(GuidForm.FromText($"bench instance {n}"))).ToArray();
        await Parallel.ForEachAsync(Enumerable.Range(0, Groups), new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = ct }, async (n, token) =>
        {
            var birth = new GroupBirth(
                $"bench-{n}", "", Multicast.Ip.V4(0xE0320000 + (uint)n), new PoolId(GuidForm.FromText("pool")), new PoolRangeId(GuidForm.FromText("range")), 0, [KeyOf(0), KeyOf(1)]);
            for (var i = 0; i < MembersPerGroup; i++)
            {
                var at = (n + (i * 31)) % Groups;
                var join = new GroupCommand.Join(running[at], [], new InstanceFacts(1, true, SledOf(at % (Sleds / 2))), i == 0 ? birth : null);
                await MustAsync(Addresses.MulticastGroup(GroupOf(n)), join, token);
            }
        });
    }

    /// <summary>Waits until no group is behind on any switch.</summary>
    public async Task VerifiedAsync(CancellationToken ct)
    {
        while (true)
        {
            var behind = await Views.QueryAsync(
                new ViewQuery<GroupSwitchRow>(GroupViews.Switches).WhereEqual("lagging", 1L) with { Limit = 1 }, ct);
            if (behind.Items.IsEmpty)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, ct);
        }
    }

    /// <summary>A new running instance on a sled that no member is on joins the group; returns when both switches were read back to hold it.</summary>
    public async Task JoinVerifiedAsync(int group, CancellationToken ct)
    {
        var id = GroupOf(group);
        await JoinAsync(group, ct);
        var mine = new ViewQuery<GroupSwitchRow>(GroupViews.Switches).WhereEqual("group", id.ToString());
        while ((await Views.ListAsync(mine, ct)).Any(s => s.Row.LaggingSince is not null))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, ct);
        }
    }

    public async Task JoinAsync(int group, CancellationToken ct)
    {
        var n = Interlocked.Increment(ref _instances);
        var instance = new InstanceId(SystemRandomSource.Instance.NewGuid());
        StageInstance(instance, SledOf((Sleds / 2) + (n % (Sleds / 2))));
        var wish = new JoinWish(new GroupIdentifier.ById(GroupOf(group)), null, null);
        var outcome = await Service.JoinAsync(new JoinRequest(instance, new SiloId(GuidForm.FromText("silo")), wish, s_caller), ct);
        if (outcome is not Outcome<MemberReply>.Accepted)
        {
            throw new InvalidOperationException(outcome.ToString());
        }
    }

    public static GroupId GroupOf(int n) => new(GuidForm.FromText(string.Create(CultureInfo.InvariantCulture, $"bench group {n}")));

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        await _host.DisposeAsync();
        await _services.DisposeAsync();
        await _engine.DisposeAsync();
        await _store.DisposeAsync();
        foreach (var one in Switches)
        {
            await one.DisposeAsync();
        }

        _folder.Dispose();
    }

    private static SledId SledOf(int n) => new(GuidForm.FromText(string.Create(CultureInfo.InvariantCulture, $"bench sled {n}")));

    private async Task MustAsync<T>(EntityAddress to, ICommand<T> command, CancellationToken ct) where T : class
    {
        while (true)
        {
            var outcome = await _engine.Entities.AskAsync(
                to,
                command,
                new AskOptions { Key = CommandKey.Fresh(SystemRandomSource.Instance), Deadline = TimeSpan.FromSeconds(30), Caller = s_caller },
                ct);
            switch (outcome)
            {
                case Outcome<T>.Accepted:
                    return;
                case Outcome<T>.Overloaded overloaded:
                    await Task.Delay(overloaded.RetryAfter, TimeProvider.System, ct);
                    break;
                default:
                    throw new InvalidOperationException($"{to}: {outcome}");
            }
        }
    }

    private void StageRack()
    {
        var now = TimeProvider.System.GetUtcNow();
        foreach (var (slot, one) in Switches.Index())
        {
            Views.Put(InventoryViews.Switches, KeyOf(slot), new SwitchRow
            {
                Id = new SwitchId(GuidForm.FromText($"bench switch {slot}")),
                Rack = s_rack,
                Slot = slot,
                Address = one.Address.ToString(),
                Serial = $"SW{slot}",
                Part = "part",
                Revision = 1,
                TimeCreated = now,
                TimeModified = now,
                Generation = 1,
            });
        }

        foreach (var n in Enumerable.Range(0, Sleds))
        {
            Views.Put(InventoryViews.SledPorts, SledOf(n).ToString(), new SledPortRow(SledOf(n), s_rack, n, $"rear{n}", now));
        }
    }

    private void StageInstance(InstanceId id, SledId sled)
    {
        var now = TimeProvider.System.GetUtcNow();
        lock (Views)
        {
            Views.Put(InstanceViews.Instances, id.ToString(), new InstanceRow
            {
                Id = id,
                Name = "bench",
                Description = "",
                Project = new ProjectId(GuidForm.FromText("project")),
                Silo = new SiloId(GuidForm.FromText("silo")),
                Cpus = 1,
                MemoryBytes = 1,
                Hostname = "bench",
                State = "vmm",
                RunState = "running",
                TimeRunStateUpdated = now,
                StateGeneration = 1,
                IntendedState = "running",
                Sled = sled,
                TimeCreated = now,
                TimeModified = now,
                Generation = 1,
            });
        }
    }
}
