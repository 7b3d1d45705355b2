using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Primitives;
using Gantry.Sled.Simulator;
using Gantry.Switch.Simulator;
using Gantry.Tests;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace Gantry.Api.Tests;

/// <summary>
/// A whole rack in process: a real node with both listeners, two switch simulators, sleds with their management gateway, all on free
/// loopback ports. It is ready (sleds placed on rear ports) when StartAsync returns; dispose removes all of it.
/// </summary>
internal sealed class RackHost : IAsyncDisposable
{
    public const string RackId = "11111111-1111-4111-8111-111111111111";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private RackHost(ApiHost node, ImmutableArray<SwitchSimulator> switches, SledSimulator sleds)
    {
        Node = node;
        Switches = switches;
        Sleds = sleds;
        Admin = node.As(node.AdminToken);
    }

    public ApiHost Node { get; }

    /// <summary>Slots 0 and 1: <c>Model</c> is the state, <c>Faults</c> what goes wrong, <c>Restart()</c> empties the tables.</summary>
    public ImmutableArray<SwitchSimulator> Switches { get; }

    public SledSimulator Sleds { get; }

    /// <summary>The user <c>admin</c>, fleet admin.</summary>
    public ApiClient Admin { get; }

    public static async Task<RackHost> StartAsync(RackHostOptions? options = null)
    {
        options ??= new RackHostOptions();
        int[] internalPorts = [.. Enumerable.Range(0, TestCluster.Nodes).Select(_ => Ports.One())];
        var switches = await Task.WhenAll(new[] { 0, 1 }.Select(slot => SwitchSimulator.StartAsync(
            new SwitchSimulatorOptions { Port = 0, ControlPort = 0, Slot = slot, Seed = 1 + (ulong)slot, Mode = options.SwitchMode })));
        SledSimulator? sleds = null;
        ApiHost? node = null;
        try
        {
            sleds = await SledSimulator.StartAsync(
                SledOptions(options, internalPorts), TimeProvider.System,
                options.Logs is { } logs
                    ? LoggerFactory.Create(b => b.SetMinimumLevel(LogLevel.Trace).AddProvider(logs))
                    : NullLoggerFactory.Instance,
                default);
            node = await ApiHost.StartManyAsync(
                Settings(options, switches, sleds.Gateway!), internalPorts, options.Logs); // it has a gateway: its port is set
            var rack = new RackHost(node, [.. switches], sleds);
            await rack.ReadyAsync(options.Sleds);
            return rack;
        }
        catch
        {
            await CloseAsync(node, sleds, switches);
            throw;
        }
    }

    /// <summary>Calls with the token of a new user of the silo <c>default</c> that has these roles.</summary>
    public async Task<ApiClient> UserAsync(string name, string? fleetRole = null, string? siloRole = null) =>
        Node.As(await Node.UserAsync(name, fleetRole, siloRole));

    /// <summary>A multicast pool with one range, linked to the silo <c>default</c>; gives its id.</summary>
    public async Task<string> PoolAsync(string name, string first, string last, bool isDefault = true)
    {
        var version = first.Contains(':', StringComparison.Ordinal) ? "v6" : "v4";
        var pool = await Admin.PostAsync(
            "/v1/system/ip-pools", new { Name = name, Description = "", IpVersion = version, PoolType = "multicast" }).Expect(201);
        await Admin.PostAsync($"/v1/system/ip-pools/{name}/ranges/add", new { First = first, Last = last }).Expect(201);
        await Admin.PostAsync($"/v1/system/ip-pools/{name}/silos", new { Silo = "default", IsDefault = isDefault }).Expect(201);
        return pool.Id;
    }

    /// <summary>An instance in the project <c>default</c>; gives its id. Started ones may still be starting.</summary>
    public async Task<string> InstanceAsync(string name, bool start = false) =>
        (await Admin.PostAsync(
            "/v1/instances?project=default",
            new { Name = name, Description = "", Ncpus = 1, Memory = 1L << 30, Hostname = name, Start = start }).Expect(201)).Id;

    public Task<ApiAnswer> JoinAsync(string instance, string group, object? body = null) =>
        Admin.PutAsync($"/v1/instances/{instance}/multicast-groups/{group}?project=default", body ?? new { });

    /// <summary>Waits until a GET answers 200 with a body of which the condition holds.</summary>
    public async Task<JsonElement> UntilAsync(string path, Func<JsonElement, bool> holds)
    {
        ApiAnswer? last = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                last = await Admin.GetAsync(path);
                return last.Status == 200 && holds(last.Body);
            },
            s_patience,
            () => last);
        return last!.Body; // the condition held, so there was an answer
    }

    /// <summary>Where the journal ends, as text: equal before and after means that nothing was written.</summary>
    public async Task<string> JournalAsync() => await Node.JournalAsync();

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await CloseAsync(Node, Sleds, Switches);
    }

    private static async Task CloseAsync(ApiHost? node, SledSimulator? sleds, IEnumerable<SwitchSimulator> switches)
    {
        if (node is not null)
        {
            await node.DisposeAsync();
        }

        if (sleds is not null)
        {
            await sleds.DisposeAsync();
        }

        await Task.WhenAll(switches.Select(s => s.DisposeAsync().AsTask()));
    }

    private static Dictionary<string, string?> Settings(RackHostOptions options, SwitchSimulator[] switches, Uri gateway)
    {
        var settings = new Dictionary<string, string?>
        {
            ["gantry:storage:kind"] = options.Store,
            ["gantry:racks:0:id"] = RackId,
            ["gantry:racks:0:subnet"] = "fd00:1122:3344:100::/56",
            ["gantry:racks:0:management_gateways:0"] = gateway.ToString(),
        };
        foreach (var (slot, one) in switches.Index())
        {
            settings[$"gantry:racks:0:switches:{slot}:slot"] = $"{slot}";
            settings[$"gantry:racks:0:switches:{slot}:address"] = one.Address.ToString();
        }

        foreach (var (name, value) in options.Settings)
        {
            settings[name] = value;
        }

        return settings;
    }

    private static SledSimulatorOptions SledOptions(RackHostOptions options, int[] internalPorts) => new()
    {
        Sleds =
        [
            .. Enumerable.Range(0, options.Sleds + options.Spares).Select(n => new SimulatedSledOptions
            {
                QuorumPort = options.HasQuorumNodes ? 0 : null,
                IsSpare = n >= options.Sleds,
                IsLrtq = options.IsLrtq && n < options.Sleds,
                Id = GuidForm.FromText($"rack host sled {n}"),
                Slot = n,
                Serial = $"BRM422200{n:00}",
                Part = "913-0000019",
                Role = n < 2 ? "scrimlet" : "gimlet",
                RackId = Guid.Parse(RackId),
            }),
        ],
        Switches = [new SimulatedSwitchOptions(0, "BRM44220000"), new SimulatedSwitchOptions(1, "BRM44220001")],
        ControlPlanes = TestCluster.InternalListeners(internalPorts),
        Mode = options.SledMode,
        AutoDelay = options.SledDelay,
        GatewayPort = 0,
        QuorumFolder = options.QuorumFolder,
    };

    private async Task ReadyAsync(int sleds)
    {
        await UntilAsync("/v1/system/hardware/sleds", page =>
            page.GetProperty("items").EnumerateArray().Count(s => s.TryGetProperty("slot", out var slot) && slot.ValueKind is JsonValueKind.Number) == sleds);
        (await Admin.ListAsync("/v1/system/hardware/switches")).Count.ShouldBe(2);
    }

    // The sleds have to know the internal port before the node has it. Nothing else asks for this one by number.
}

/// <summary>What a rack for tests consists of.</summary>
internal sealed record RackHostOptions
{
    /// <summary><c>memory</c> or <c>sqlite</c> (in a folder of its own).</summary>
    public string Store { get; init; } = "memory";

    public int Sleds { get; init; } = 2;

    /// <summary><c>auto</c>: VMMs go on by themselves after <see cref="SledDelay"/>; <c>explicit</c>: poke them over <c>Sleds.Control</c>.</summary>
    public string SledMode { get; init; } = "auto";

    /// <summary>Each sled hosts a quorum node.</summary>
    public bool HasQuorumNodes { get; init; }

    /// <summary>The sleds, but not the spares, begin as a rack of the older scheme.</summary>
    public bool IsLrtq { get; init; }

    /// <summary>Sleds in the rack whose agents do not run until a member starts them; seen by the management gateway only.</summary>
    public int Spares { get; init; }

    /// <summary>Where quorum nodes keep their state; null: in memory.</summary>
    public string? QuorumFolder { get; init; }

    public TimeSpan SledDelay { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How true to the real daemon the switches are.</summary>
    public SwitchMode SwitchMode { get; init; }

    /// <summary>Gets every log line of the node and the sleds, at every level.</summary>
    public ILoggerProvider? Logs { get; init; }

    /// <summary>Settings on top, like <c>gantry:multicast:enabled</c>.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();
}
