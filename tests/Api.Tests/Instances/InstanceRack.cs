using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Instances;
using Gantry.Primitives;
using Gantry.Sled.Simulator;
using Gantry.Tenancy;
using Gantry.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace Gantry.Api.Tests.Instances;

/// <summary>
/// The rack of vmm-sled-rack 9: sleds A and B with 16 threads and 16 GiB each, explicit simulator, a real node, all over HTTP. The clock flows
/// and can be pushed ahead, for node and sleds together.
/// </summary>
internal sealed class InstanceRack : IAsyncDisposable
{
    public const string A = "BRM0";
    public const string B = "BRM1";
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Nodes speak with each other and with a server meanwhile.
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(TestCluster.Nodes == 1 ? 3 : 30);
    private readonly HttpClient _raw = new();
    private readonly IReadOnlyDictionary<string, string?> _settings;
    private readonly string? _folder;
    private readonly string? _database;
    private readonly int[] _ports;
    private int _names;

    private InstanceRack(VirtualClock clock, ApiHost node, SledSimulator sleds, IReadOnlyDictionary<string, string?> settings, string? folder, string? database, int[] ports)
    {
        Clock = clock;
        Node = node;
        Sleds = sleds;
        Admin = node.As(node.AdminToken);
        _settings = settings;
        _folder = folder;
        _database = database;
        _ports = ports;
        _raw.DefaultRequestHeaders.Add("api-version", "48.0.0");
    }

    public VirtualClock Clock { get; }

    public ApiHost Node { get; private set; }

    public SledSimulator Sleds { get; }

    public ApiClient Admin { get; private set; }

    public static async Task<InstanceRack> StartAsync(InstanceRackOptions? options = null)
    {
        options ??= new InstanceRackOptions();
        int[] ports = [.. Enumerable.Range(0, TestCluster.Nodes).Select(_ => Ports.One())];
        var database = TestCluster.Nodes > 1 ? await TestCluster.NewDatabaseAsync() : null;
        var clock = new VirtualClock(TimeProvider.System.GetUtcNow(), flows: true);
        var sleds = await SledSimulator.StartAsync(
            new SledSimulatorOptions
            {
                Sleds = [.. Enumerable.Range(0, options.Sleds).Select(n => new SimulatedSledOptions
                {
                    Id = GuidForm.FromText($"instance rack sled {n}"), Slot = n, Serial = $"BRM{n}", Part = "913-0000019",
                    HardwareThreads = options.Threads, PhysicalRamBytes = 2L * options.Threads << 30, ReservoirBytes = (long)options.Threads << 30, RackId = Guid.Parse(RackHost.RackId),
                    CpuFamily = options.Families.Length > n ? options.Families[n] : "amd_milan",
                })],
                ControlPlanes = TestCluster.InternalListeners(ports),
                Mode = options.Mode,
                AutoDelay = TimeSpan.FromMilliseconds(20),
                GatewayPort = 0,
            },
            clock, NullLoggerFactory.Instance, default);
        var settings = new Dictionary<string, string?>(options.Settings)
        {
            ["gantry:racks:0:id"] = RackHost.RackId,
            ["gantry:racks:0:subnet"] = "fd00:1122:3344:100::/56",
            ["gantry:instances:watcher_period_secs"] = options.WatcherPeriodSecs.ToString(CultureInfo.InvariantCulture),
        };
        if (options.HasGateway)
        {
            settings["gantry:racks:0:management_gateways:0"] = sleds.Gateway!.ToString(); // it has one: its port is set
        }

        var folder = options.IsDurable ? Directory.CreateTempSubdirectory("gantry-rack-").FullName : null;
        if (folder is not null)
        {
            settings["gantry:storage:kind"] = "sqlite";
            settings["gantry:storage:path"] = folder;
            settings["gantry:bootstrap:token"] = TokenText.New(SystemRandomSource.Instance).Reveal();
        }

        var rack = new InstanceRack(
            clock, await ApiHost.StartManyAsync(settings, ports, clock: clock, database: database), sleds, settings, folder, database, ports);
        await rack.UntilAsync("/v1/system/hardware/sleds", page => page.GetProperty("items").GetArrayLength() == options.Sleds);
        if (options.HasGateway)
        {
            await rack.HoldsAsync(async () => (await rack.Node.Views.ListAsync(
                new ViewQuery<ServiceProcessorRow>(InventoryViews.ServiceProcessors), default)).Length == options.Sleds);
        }

        return rack;
    }

    /// <summary>Pushes the clock ahead; a second takes its share of real time, for the sockets in between know no other.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        for (var left = time; left > TimeSpan.Zero; left -= TimeSpan.FromSeconds(1))
        {
            Clock.Advance(left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1));
            await Task.Delay(s_pace, TimeProvider.System);
        }
    }

    /// <summary>The control plane is down while <paramref name="meanwhile"/> happens, and comes up again on what it had written.</summary>
    public async Task RestartNodeAsync(Func<Task> meanwhile)
    {
        Admin.Dispose();
        await Node.DisposeAsync();
        await meanwhile();
        Node = await ApiHost.StartManyAsync(_settings, _ports, clock: Clock, database: _database);
        Admin = Node.As(Node.AdminToken);
    }

    /// <summary>Waits until the pull that a VMM was owed is over, whatever came of it.</summary>
    public Task PulledAsync(string vmm) => HoldsAsync(async () =>
        (await Node.Services.GetRequiredService<IReconcilerAdmin>().KeysAsync(Reconcilers.VmmPull, default)).Keys
            .Where(k => k.Key == $"vmm/{vmm}").All(k => k.State == "idle"));

    public async Task<string> CreateAsync(int cpus = 2, bool start = true, string? name = null, string? policy = null, int memoryGib = 1, string? platform = null) =>
        (await Admin.PostAsync("/v1/instances?project=default", Body(name ?? $"vm-{++_names}", cpus, start, policy, memoryGib, platform)).Expect(201)).Id;

    public Task<ApiAnswer> TryCreateAsync(int cpus, string? name = null) =>
        Admin.PostAsync("/v1/instances?project=default", Body(name ?? $"vm-{++_names}", cpus, start: true, null, 1, null));

    public async Task<string> RunningAsync(int cpus = 2, string? policy = null, string? name = null)
    {
        var id = await CreateAsync(cpus, policy: policy, name: name);
        var vmm = await VmmAsync(id);
        await PokeAsync(vmm);
        await ShowsAsync(id, "running");
        return id;
    }

    public Task<ApiAnswer> DoAsync(string id, string verb) => Admin.PostAsync($"/v1/instances/{id}/{verb}");

    public Task<ApiAnswer> MigrateAsync(string id, string serial) =>
        Admin.PostAsync($"/v1/instances/{id}/migrate", new { DstSledId = SledOf(serial).Id });

    public async Task<JsonElement> ShowAsync(string id) => (await Admin.GetAsync($"/v1/instances/{id}").Expect(200)).Body;

    public async Task<string> StateAsync(string id) => (await ShowAsync(id)).Text("run_state")!; // always there

    /// <summary>Has the watcher look at every sled now.</summary>
    public void Watch()
    {
        foreach (var sled in Sleds.Sleds)
        {
            Node.Services.GetRequiredService<IReconcilers>().Nudge(Reconcilers.InstanceWatcher, Addresses.Sled(SledId.From(sled.Id)).ToString());
        }
    }

    /// <summary>What the watcher found in its last turns, over all sleds.</summary>
    public WatchReport Watched => Node.OfEach<WatchReports>().Aggregate(new WatchReport(), (sum, one) => sum.Plus(one.Total));

    /// <summary>The history of an instance, oldest first.</summary>
    public async Task<List<JsonElement>> EventsAsync(string id) =>
        [.. (await Admin.GetAsync($"/v1/instances/{id}/events").Expect(200)).Body.GetProperty("items").EnumerateArray()];

    public Task<JsonElement> ShowsAsync(string id, string state) => UntilAsync($"/v1/instances/{id}", i => i.Text("run_state") == state);

    public async Task<List<JsonElement>> VmmsAsync(string id) => await Admin.ListAsync($"/v1/system/vmms?instance={id}");

    /// <summary>The only VMM of an instance.</summary>
    public async Task<JsonElement> VmmAsync(string id) => (await VmmsAsync(id)).ShouldHaveSingleItem();

    public async Task<JsonElement?> FindVmmAsync(string vmm) =>
        await Admin.GetAsync($"/v1/system/vmms/{vmm}") is { Status: 200 } answer ? answer.Body : null;

    public async Task<JsonElement> UntilAsync(string path, Func<JsonElement, bool> holds)
    {
        ApiAnswer? last = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                last = await Admin.GetAsync(path);
                return last.Status == 200 && holds(last.Body);
            },
            Patience, () => last);
        return last!.Body; // the condition held, so there was an answer
    }

    public Task HoldsAsync(Func<Task<bool>> condition, Func<object?>? seen = null) => Eventually.HoldsAsync(condition, Patience, seen);

    public RunningSled SledOf(string serial) => Sleds.Sleds.First(s => s.Serial == serial);

    /// <summary>The sled a VMM is on, by serial.</summary>
    public string SerialOf(JsonElement vmm) => Sleds.Sleds.First(s => s.Id == vmm.GetProperty("sled_id").GetGuid()).Serial;

    public Task PokeAsync(JsonElement vmm, bool isSingleStep = false) =>
        OkAsync(_raw.PostAsync(UriOf(vmm, isSingleStep ? "/poke-single-step" : "/poke"), null));

    /// <summary>A poke that may find nothing.</summary>
    public async Task TryPokeAsync(JsonElement vmm)
    {
        using var answer = await _raw.PostAsync(UriOf(vmm, "/poke"), null);
    }

    /// <summary>A put state that does not come from the control plane.</summary>
    public Task AskSledAsync(JsonElement vmm, string state) =>
        OkAsync(_raw.PutAsync(UriOf(vmm, "/state"), Answers.Json("{\"state\":{\"type\":\"" + state + "\"}}")));

    public Task SourceAsync(JsonElement vmm, Guid migration, bool succeeds) => OkAsync(_raw.PostAsync(
        UriOf(vmm, "/sim-migration-source"),
        Answers.Json($$"""{"migration_id":"{{migration}}","result":"{{(succeeds ? "Success" : "Failure")}}"}""")));

    public async Task<(int Status, JsonElement Body)> SledStateAsync(JsonElement vmm)
    {
        using var answer = await _raw.GetAsync(UriOf(vmm, "/state"));
        return ((int)answer.StatusCode, await answer.JsonAsync());
    }

    /// <summary>An uncounted look at what the sled holds.</summary>
    public async Task<JsonElement> SledAsync(string serial) => await _raw.GetJsonAsync(new Uri(Sleds.Control, $"control/{serial}/state").ToString());

    public async Task<List<JsonElement>> OnSledAsync(string serial) => [.. (await SledAsync(serial)).GetProperty("vmms").EnumerateArray()];

    public async Task<long> GetsAsync(string serial) => (await SledAsync(serial)).GetProperty("traffic").GetProperty("state_gets").GetInt64();

    public Task FaultAsync(string serial, object fault) => ControlAsync("POST", $"{serial}/faults", fault);

    public Task StatusFaultAsync(string serial, string method, string path, int status, string? code = null, int? count = null) =>
        FaultAsync(serial, new { Kind = "status", Match = new { Method = method, Path = path }, Params = new { Status = status, ErrorCode = code }, Count = count });

    public Task HealAsync(string device) => ControlAsync("DELETE", $"{device}/faults", null);

    public Task SetAsync(string serial, object settings) => ControlAsync("PUT", $"{serial}/settings", settings);

    public Task HappensAsync(string serial, string what, JsonElement vmm) =>
        ControlAsync("POST", $"{serial}/do", new { Event = what, Object = vmm.GetProperty("id").GetGuid() });

    /// <summary>The same with a VMM that may be gone already.</summary>
    public async Task TryHappenAsync(string serial, string what, JsonElement vmm)
    {
        using var answer = await _raw.PostAsync(
            new Uri(Sleds.Control, $"control/{serial}/do"),
            Answers.Json(JsonSerializer.Serialize(new { Event = what, Object = vmm.GetProperty("id").GetGuid() }, s_snake)));
    }

    public Task RestartAsync(string serial) => ControlAsync("POST", $"{serial}/restart", null);

    public async Task<HttpResponseMessage> RingAsync(string vmm)
    {
        using var client = Node.InternalClient("2.0.0");
        return await client.PostAsync($"/vmms/{vmm}/doorbell", null);
    }

    public async Task<(int Status, JsonElement Body)> PutAsync(string vmm, string body)
    {
        using var client = Node.InternalClient();
        using var answer = await client.PutAsync($"/vmms/{vmm}", Answers.Json(body));
        return ((int)answer.StatusCode, await answer.JsonAsync());
    }

    /// <summary>Threads and memory reserved on all sleds, and vCPUs charged to the project's silo.</summary>
    public async Task<long> ThreadsAsync() =>
        (await Admin.ListAsync("/v1/system/hardware/sleds")).Sum(s => s.GetProperty("threads_reserved").GetInt64());

    public Task NothingIsHeldAsync() => HoldsAsync(
        async () => await ThreadsAsync() == 0 && (await Admin.ListAsync("/v1/system/vmms")).Count == 0 && await ChargedAsync() == 0);

    /// <summary>vCPUs charged to the silo.</summary>
    public async Task<long> ChargedAsync() => (await Admin.GetAsync("/v1/system/utilization/silos/default").Expect(200))
        .Body.GetProperty("provisioned").GetProperty("cpus").GetInt64();

    /// <summary>Waits until a pull of the VMM is under way.</summary>
    public Task PullsAsync(string vmm) => HoldsAsync(async () =>
        (await Node.Services.GetRequiredService<IReconcilerAdmin>().KeysAsync(Reconcilers.VmmPull, default)).Keys
            .Any(k => k.Key == $"vmm/{vmm}" && k.State.StartsWith("running", StringComparison.Ordinal)));

    public async ValueTask DisposeAsync()
    {
        _raw.Dispose();
        Admin.Dispose();
        await Node.DisposeAsync();
        await Sleds.DisposeAsync();
        if (_folder is not null)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static object Body(string name, int cpus, bool start, string? policy, int memoryGib, string? platform) => new
    {
        Name = name, Description = "", Ncpus = cpus, Memory = (long)memoryGib << 30, Hostname = name, Start = start,
        AutoRestartPolicy = policy, CpuPlatform = platform,
    };

    private Uri UriOf(JsonElement vmm, string rest) => new(
        Sleds.Sleds.First(s => s.Id == vmm.GetProperty("sled_id").GetGuid()).Address, $"vmms/{vmm.Text("id")}{rest}");

    private async Task ControlAsync(string method, string path, object? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Sleds.Control, $"control/{path}"));
        if (body is not null)
        {
            request.Content = Answers.Json(JsonSerializer.Serialize(body, s_snake));
        }

        await OkAsync(_raw.SendAsync(request));
    }

    private static async Task OkAsync(Task<HttpResponseMessage> answer)
    {
        using var got = await answer;
        if (!got.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{got.RequestMessage?.RequestUri}: {(int)got.StatusCode} {await got.Content.ReadAsStringAsync()}");
        }
    }

    private static readonly JsonSerializerOptions s_snake = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };
}

/// <summary>What the rack consists of.</summary>
internal sealed record InstanceRackOptions
{
    public int Sleds { get; init; } = 2;

    /// <summary>Hardware threads of each sled, and GiB of its reservoir.</summary>
    public int Threads { get; init; } = 16;

    /// <summary>On disk, so that the control plane can be restarted.</summary>
    public bool IsDurable { get; init; }

    public string Mode { get; init; } = "explicit";

    public int WatcherPeriodSecs { get; init; } = 30;

    public bool HasGateway { get; init; } = true;

    public ImmutableArray<string> Families { get; init; } = [];

    public IReadOnlyDictionary<string, string?> Settings { get; init; } = Release("R21");

    public static IReadOnlyDictionary<string, string?> Release(string release) =>
        new Dictionary<string, string?> { ["gantry:instances:doorbell"] = release };
}
