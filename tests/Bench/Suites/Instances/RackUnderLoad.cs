using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Gantry.Actors;
using Gantry.Api;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Hosting;
using Gantry.Instances;
using Gantry.Primitives;
using Gantry.Sled.Simulator;
using Gantry.Tenancy;
using Gantry.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gantry.Bench;

/// <summary>A node on SQLite with simulated sleds in one process, and ways to fill it with VMMs faster than users could.</summary>
internal sealed class RackUnderLoad : IAsyncDisposable
{
    public const int WatcherPeriodSecs = 5;

    private readonly WebApplication _app;
    private readonly SledSimulator _sleds;
    private readonly string _folder;
    private readonly HttpClient _api;
    private readonly HttpClient _bell;
    private readonly IEntities _entities;
    private readonly IViews _views;
    private ProjectRow _project = null!; // read when the rack is ready
    private int _made;

    private RackUnderLoad(WebApplication app, SledSimulator sleds, string folder, HttpClient api, HttpClient bell)
    {
        (_app, _sleds, _folder, _api, _bell) = (app, sleds, folder, api, bell);
        _entities = app.Services.GetRequiredService<IEntities>();
        _views = app.Services.GetRequiredService<IViews>();
    }

    /// <summary>VMMs that run, with their sleds.</summary>
    public List<(VmmId Vmm, SimulatedSled Sled)> Vmms { get; } = [];

    public long PullCount => _app.Services.GetRequiredService<DoorbellMetrics>().PullCount;

    public static async Task<RackUnderLoad> StartAsync(int sleds, CancellationToken ct)
    {
        var folder = Directory.CreateTempSubdirectory("gantry-bench-").FullName;
        var token = TokenText.New(SystemRandomSource.Instance).Reveal();
        var port = Ports.One();
        var simulator = await SledSimulator.StartAsync(
            new SledSimulatorOptions
            {
                Sleds = [.. Enumerable.Range(0, sleds).Select(n => new SimulatedSledOptions
                {
                    Id = GuidForm.FromText($"bench sled {n}"), Slot = n, Serial = $"BRM{n:00}", HardwareThreads = 64,
                    PhysicalRamBytes = 512L << 30, ReservoirBytes = 256L << 30,
                })],
                ControlPlane = new Uri($"http://127.0.0.1:{port}"),
                AutoDelay = TimeSpan.FromMilliseconds(1),
            },
            TimeProvider.System, NullLoggerFactory.Instance, ct);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["gantry:storage:kind"] = "sqlite",
            ["gantry:storage:path"] = folder,
            ["gantry:bootstrap:token"] = token,
            ["gantry:instances:watcher_period_secs"] = $"{WatcherPeriodSecs}",
            ["gantry:racks:0:id"] = "11111111-1111-4111-8111-111111111111",
            ["gantry:racks:0:subnet"] = "fd00:1122:3344:100::/56",
        });
        builder.Logging.SetMinimumLevel(LogLevel.Error).AddSimpleConsole();
        builder.Services.AddGantry(builder.Configuration);
        builder.Services.AddGantryApi();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.UseGantryInternal());
        });
        var app = builder.Build();
        app.UseRouting();
        app.MapGantryApi();
        app.MapGantryInternalApi();
        await app.StartAsync(ct);
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        var api = new HttpClient { BaseAddress = new Uri(addresses[0]) };
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var bell = new HttpClient { BaseAddress = new Uri(addresses[1]) };
        bell.DefaultRequestHeaders.Add("api-version", "2.0.0");
        var rack = new RackUnderLoad(app, simulator, folder, api, bell);
        await rack.UntilAsync(
            async () => (await rack._views.ListAsync(new ViewQuery<SledRow>(InventoryViews.Sleds), ct)).Length == sleds, ct);
        rack._project = (await rack._views.FirstAsync(new ViewQuery<ProjectRow>(TenancyViews.Projects), ct))!.Row; // the bootstrap made one
        return rack;
    }

    /// <summary>Running VMMs on record and on the sleds, without the work of starting them.</summary>
    public async Task PopulateAsync(int count, CancellationToken ct)
    {
        foreach (var sled in _sleds.Sleds)
        {
            sled.Model.Set(new SledSettings { Mode = SledModes.Explicit });
        }

        await Parallel.ForEachAsync(
            Enumerable.Range(_made, count), new ParallelOptions { MaxDegreeOfParallelism = 256, CancellationToken = ct }, async (n, token) =>
            {
                var sled = _sleds.Sleds[n % _sleds.Sleds.Length];
                var instance = InstanceId.From(GuidForm.FromText($"bench instance {n}"));
                var vmm = VmmId.From(GuidForm.FromText($"bench vmm {n}"));
                var sledId = SledId.From(sled.Id);
                await AskAsync(Addresses.Instance(instance), CreateOf($"bench-{n}"), token);
                await AskAsync(Addresses.Instance(instance), new FinishCreate(null), token);
                await AskAsync(Addresses.Vmm(vmm), new CreateVmm(instance, sledId, "fd00::1", "amd_milan"), token);
                await AskAsync(Addresses.Instance(instance), new WantRunning(), token);
                await AskAsync(Addresses.Instance(instance), new MarkStarting(vmm, sledId, false), token);
                sled.Model.Register(new Vmm
                {
                    Id = vmm.Value, InstanceId = instance.Value, Cpus = 1, MemoryMebibytes = 1_024,
                    Runtime = new VmmRuntime("starting", 2, TimeProvider.System.GetUtcNow()),
                });
                await AskAsync(
                    Addresses.Vmm(vmm), new ApplySledState(new SledSaid("starting", 2, TimeProvider.System.GetUtcNow())), token);
                sled.Model.Change(vmm.Value, (v, now) => VmmMachine.Put(v, VmmStateRequest.Running, now));
                sled.Model.Poke(vmm.Value, isSingleStep: false);
                lock (Vmms)
                {
                    Vmms.Add((vmm, sled.Model));
                }
            });
        _made += count;
        await QuietAsync(ct);
    }

    /// <summary>The sled's hypervisor says the next thing about a VMM; gives the generation that it has now.</summary>
    public long Change((VmmId Vmm, SimulatedSled Sled) one)
    {
        var now = one.Sled.Get(one.Vmm.Value).After!; // it was registered
        var after = now.Queue.IsEmpty
            ? one.Sled.Change(one.Vmm.Value, (v, at) => VmmMachine.Put(v, VmmStateRequest.Reboot, at))
            : one.Sled.Poke(one.Vmm.Value, isSingleStep: true);
        return after.After!.Runtime.Gen; // a running VMM takes both
    }

    /// <summary>Ticks until the API shows a generation.</summary>
    public async Task<long> SeenAfterAsync((VmmId Vmm, SimulatedSled Sled) one, long generation, CancellationToken ct)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            using var answer = await _api.GetAsync($"/v1/system/vmms/{one.Vmm}", ct);
            using var body = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(ct));
            if (body.RootElement.GetProperty("gen").GetInt64() >= generation)
            {
                return TimeProvider.System.GetTimestamp() - began;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, ct);
        }
    }

    public void DropRings(bool isOn)
    {
        foreach (var sled in _sleds.Sleds)
        {
            sled.Model.Faults.Delete(null);
            if (isOn)
            {
                sled.Model.Faults.Add(new Fault { Kind = FaultKinds.RingDrop });
            }
        }
    }

    public void SlowGets(TimeSpan by)
    {
        foreach (var sled in _sleds.Sleds)
        {
            sled.Model.Faults.Add(new Fault
            {
                Kind = FaultKinds.Slow, Match = new FaultMatch("GET", "/vmms/*"), Params = new FaultParams((int)by.TotalMilliseconds),
            });
        }
    }

    public async Task<int> RingAsync((VmmId Vmm, SimulatedSled Sled) one, CancellationToken ct)
    {
        using var answer = await _bell.PostAsync($"/vmms/{one.Vmm}/doorbell", null, ct);
        return (int)answer.StatusCode;
    }

    /// <summary>Waits until no pull is made for a while.</summary>
    public async Task QuietAsync(CancellationToken ct)
    {
        for (var before = -1L; before != PullCount;)
        {
            before = PullCount;
            await Task.Delay(TimeSpan.FromMilliseconds(400), TimeProvider.System, ct);
        }
    }

    public async Task<TimeSpan> WatcherPassAsync(CancellationToken ct)
    {
        var reports = _app.Services.GetRequiredService<WatchReports>();
        var began = Stopwatch.GetTimestamp();
        var runs = reports.Runs;
        _app.Services.GetRequiredService<IReconcilers>().Nudge(Reconcilers.InstanceWatcher, null);
        await UntilAsync(() => Task.FromResult(reports.Runs >= runs + _sleds.Sleds.Length), ct);
        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>What the sleds take without a control plane: register and start, 16 at once per kind of call as the engine does it.</summary>
    public async Task<double> BareStartsPerSecondAsync(int count, CancellationToken ct)
    {
        var ports = _app.Services.GetRequiredService<ISledPorts>();
        var began = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = ct }, async (n, token) =>
            {
                var sled = _sleds.Sleds[n % _sleds.Sleds.Length];
                var port = ports.For(sled.Id.ToString(), sled.Address);
                var vmm = GuidForm.FromText($"bare vmm {n}");
                await port.RegisterAsync(vmm, new VmmRegistration
                {
                    InstanceId = vmm, Runtime = new VmmRuntime("starting", 2, TimeProvider.System.GetUtcNow()), Cpus = 1, MemoryBytes = 1L << 30,
                    Hostname = "bare", PropolisAddress = "[fd00::1]:12400", SiloId = vmm, ProjectId = vmm,
                }, token);
                await port.PutStateAsync(vmm, VmmStateRequest.Running, token);
            });
        var rate = count / Stopwatch.GetElapsedTime(began).TotalSeconds;
        foreach (var sled in _sleds.Sleds)
        {
            sled.Model.Restart();
        }

        return rate;
    }

    public async Task<List<InstanceId>> MakeStoppedAsync(int count, CancellationToken ct)
    {
        var ids = Enumerable.Range(0, count).Select(n => InstanceId.From(GuidForm.FromText($"stopped {n}"))).ToList();
        await Parallel.ForEachAsync(
            ids.Index(), new ParallelOptions { MaxDegreeOfParallelism = 256, CancellationToken = ct }, async (one, token) =>
            {
                await AskAsync(Addresses.Instance(one.Item), CreateOf($"stopped-{one.Index}"), token);
                await AskAsync(Addresses.Instance(one.Item), new FinishCreate(null), token);
            });
        return ids;
    }

    /// <summary>Starts all at once; the time until all run.</summary>
    public async Task<TimeSpan> StartAllAsync(List<InstanceId> ids, CancellationToken ct)
    {
        var service = _app.Services.GetRequiredService<InstanceService>();
        var rows = (await _views.ListAsync(new ViewQuery<InstanceRow>(InstanceViews.Instances), ct)).ToDictionary(r => r.Row.Id, r => r.Row);
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(ids.Select(id => service.StartAsync(rows[id], VmmId.From(GuidForm.FromText($"vmm of {id}")), How(), ct).AsTask()));
        while ((await CountAsync(ct)).Running < ids.Count && Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(120))
        {
            // Reading every row is work: what is measured must not be the reading.
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, ct);
        }

        return Stopwatch.GetElapsedTime(began);
    }

    public async Task<(int Running, int Overcommitted)> CountAsync(CancellationToken ct)
    {
        var instances = await _views.ListAsync(new ViewQuery<InstanceRow>(InstanceViews.Instances), ct);
        var sleds = await _views.ListAsync(new ViewQuery<SledRow>(InventoryViews.Sleds), ct);
        return (
            instances.Count(i => i.Row.RunState == "running"),
            sleds.Count(s => s.Row.ThreadsReserved > s.Row.HardwareThreads || s.Row.ReservoirReservedBytes > s.Row.ReservoirBytes));
    }

    public async ValueTask DisposeAsync()
    {
        _api.Dispose();
        _bell.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _sleds.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private CreateInstance CreateOf(string name) => new(
        _project.Id, _project.Silo, name, "", new InstanceConfig(1, 1L << 30, "bench") { AutoRestartPolicy = "never" }, Start: false);

    private async Task AskAsync<T>(EntityAddress to, ICommand<T> command, CancellationToken ct) where T : class
    {
        while (true)
        {
            switch (await _entities.AskAsync(to, command, How(), ct))
            {
                case Outcome<T>.Accepted:
                    return;
                case Outcome<T>.Refused refused:
                    throw new InvalidOperationException($"{to}: {refused.Why}");
                default:
                    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, ct);
                    break;
            }
        }
    }

    private static AskOptions How() => new()
    {
        Key = CommandKey.Fresh(SystemRandomSource.Instance), Deadline = TimeSpan.FromSeconds(120), Caller = new Principal(PrincipalKind.Host, "bench"),
    };

    private async Task UntilAsync(Func<Task<bool>> condition, CancellationToken ct)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(120))
            {
                throw new TimeoutException("not within 120 s");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, ct);
        }
    }
}
