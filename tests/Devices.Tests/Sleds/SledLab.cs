using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gantry.Primitives;
using Gantry.Sled;
using Gantry.Sled.Simulator;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gantry.Devices.Tests.Sleds;

/// <summary>One simulated sled behind its adapter, with the control interface at hand. Real HTTP on loopback.</summary>
internal sealed class SledLab : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    public static readonly CancellationToken Ct = CancellationToken.None;

    private readonly AdapterMetrics _metrics = new();
    private readonly SledPorts _ports;

    private SledLab(SledSimulator simulator)
    {
        Simulator = simulator;
        _ports = new SledPorts(
            new SledAdapterHooks { OnSledChange = (_, change) => Changes.Enqueue(change) }, _metrics, TimeProvider.System, NullLoggerFactory.Instance);
        Raw.DefaultRequestHeaders.Add("api-version", "48.0.0");
    }

    public SledSimulator Simulator { get; }

    public System.Collections.Concurrent.ConcurrentQueue<DeviceChange> Changes { get; } = new();

    public RunningSled Sled => Simulator.Sleds[0];

    public ISledPort Port => _ports.For(Sled.Id.ToString(), Sled.Address);

    public ISledMulticastPort MulticastPort => ((ISledMulticastPorts)_ports).For(Sled.Id.ToString(), Sled.Address);

    /// <summary>Asks the sled without the adapter.</summary>
    public HttpClient Raw { get; } = new();

    public static async Task<SledLab> StartAsync(
        string mode = SledModes.Explicit, Uri? controlPlane = null, TimeSpan? autoDelay = null, TimeSpan? stopGrace = null,
        Uri[]? controlPlanes = null) =>
        new(await SledSimulator.StartAsync(
            new SledSimulatorOptions
            {
                Sleds = [new SimulatedSledOptions { Id = SystemRandomSource.Instance.NewGuid(), Slot = 5, Serial = "BRM5" }],
                Switches = [new SimulatedSwitchOptions(0, "SW0"), new SimulatedSwitchOptions(1, "SW1")],
                Mode = mode,
                ControlPlanes = controlPlanes is not null ? [.. controlPlanes] : controlPlane is not null ? [controlPlane] : [],
                AutoDelay = autoDelay ?? TimeSpan.FromMilliseconds(50),
                StopGrace = stopGrace ?? TimeSpan.FromMinutes(10),
            },
            TimeProvider.System,
            NullLoggerFactory.Instance,
            Ct));

    public static VmmRegistration Registration(string state = "starting", Guid? migration = null, int cpus = 2) => new()
    {
        InstanceId = Guid.Parse("6a0c0d0e-0000-4000-8000-000000000001"),
        MigrationId = migration,
        Runtime = new VmmRuntime(state, 2, new DateTimeOffset(2026, 8, 21, 10, 0, 0, TimeSpan.Zero)),
        Cpus = cpus,
        MemoryBytes = 4L << 30,
        Hostname = "web-1",
        PropolisAddress = "[fd00:1122:3344:101::1:0]:12400",
        SiloId = Guid.Parse("6a0c0d0e-0000-4000-8000-0000000000aa"),
        ProjectId = Guid.Parse("6a0c0d0e-0000-4000-8000-0000000000bb"),
        MulticastGroups = [new SledMulticastMembership("224.1.2.3", []), new SledMulticastMembership("232.1.2.3", ["10.0.0.1"])],
    };

    /// <summary>A VMM that runs, generation 3.</summary>
    public async Task<Guid> RunningVmmAsync()
    {
        var vmm = SystemRandomSource.Instance.NewGuid();
        await Port.RegisterAsync(vmm, Registration(), Ct);
        await Port.PutStateAsync(vmm, VmmStateRequest.Running, Ct);
        await PokeAsync(vmm);
        return vmm;
    }

    public async Task PokeAsync(Guid vmm, bool isSingleStep = false)
    {
        using var answer = await Raw.PostAsync(new Uri(Sled.Address, $"vmms/{vmm}/poke{(isSingleStep ? "-single-step" : "")}"), null);
        answer.EnsureSuccessStatusCode();
    }

    public async Task<SledVmmState?> StateAsync(Guid vmm) =>
        await Port.GetStateAsync(vmm, Ct) is DeviceOutcome<SledVmmState>.Answered answered ? answered.Value : null;

    public Task<HttpResponseMessage> ControlAsync(HttpMethod method, string path, string? json = null) =>
        Raw.SendAsync(new HttpRequestMessage(method, new Uri(Simulator.Control, $"control/{path}"))
        {
            Content = json is null ? null : new StringContent(json),
        });

    /// <summary>Turns a fault on and gives its id.</summary>
    public async Task<string> FaultAsync(string json, string device = "BRM5")
    {
        using var answer = await ControlAsync(HttpMethod.Post, $"{device}/faults", json);
        answer.StatusCode.ShouldBeCreated(await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    public async Task HealAsync(string device = "BRM5")
    {
        using var answer = await ControlAsync(HttpMethod.Delete, $"{device}/faults");
        answer.EnsureSuccessStatusCode();
    }

    public async Task DoAsync(string happening, Guid vmm)
    {
        using var answer = await ControlAsync(HttpMethod.Post, "BRM5/do", $$"""{"event":"{{happening}}","object":"{{vmm}}"}""");
        answer.EnsureSuccessStatusCode();
    }

    public async Task SetAsync(string json)
    {
        using var answer = await ControlAsync(HttpMethod.Put, "BRM5/settings", json);
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        await _ports.DisposeAsync();
        _metrics.Dispose();
        Raw.Dispose();
        await Simulator.DisposeAsync();
    }
}

/// <summary>Reads outcomes.</summary>
internal static class Outcomes
{
    public static T Value<T>(this DeviceOutcome<T> outcome) => outcome is DeviceOutcome<T>.Answered answered
        ? answered.Value
        : throw new InvalidOperationException($"not answered: {outcome.Describe()}");

    public static (int Status, string? Code) Rejection<T>(this DeviceOutcome<T> outcome) => outcome is DeviceOutcome<T>.Rejected rejected
        ? (rejected.Status, rejected.ErrorCode)
        : throw new InvalidOperationException($"not rejected: {outcome.Describe()}");

    public static void ShouldBeCreated(this HttpStatusCode status, string body)
    {
        if (status != HttpStatusCode.Created)
        {
            throw new InvalidOperationException($"{status}: {body}");
        }
    }
}
