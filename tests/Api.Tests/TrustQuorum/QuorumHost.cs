using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Sled.Simulator;
using Gantry.Tests;
using Microsoft.Extensions.Logging;

namespace Gantry.Api.Tests.TrustQuorum;

/// <summary>A rack in process whose first sleds formed a quorum at epoch 1; the rest are sleds without agents, to be added.</summary>
internal sealed class QuorumHost : IAsyncDisposable
{
    public const string Root = $"/v1/system/hardware/racks/{RackHost.RackId}";
    public const string Part = "913-0000019";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private QuorumHost(RackHost rack) => Rack = rack;

    public RackHost Rack { get; }

    public ApiClient Admin => Rack.Admin;

    public ImmutableArray<RunningSled> Sleds => Rack.Sleds.Sleds;

    /// <summary>A rack of the older scheme: its sleds hold LRTQ shares and there is no configuration yet.</summary>
    public static async Task<QuorumHost> StartOlderAsync(
        int members = 4, int spares = 1, string store = "memory", string? folder = null, ILoggerProvider? logs = null) => new(
        await RackHost.StartAsync(new RackHostOptions
        {
            Sleds = members, Spares = spares, HasQuorumNodes = true, IsLrtq = true, Store = store, QuorumFolder = folder, Logs = logs,
        }));

    public static async Task<QuorumHost> StartAsync(int members = 4, int spares = 1, string store = "memory", string? folder = null)
    {
        var rack = await RackHost.StartAsync(new RackHostOptions
        {
            Sleds = members, Spares = spares, HasQuorumNodes = true, Store = store, QuorumFolder = folder,
        });
        var host = new QuorumHost(rack);
        try
        {
            await host.FormAsync(members);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public static object SledId(RunningSled sled) => new { PartNumber = Part, SerialNumber = sled.Serial };

    public async Task FormAsync(int members)
    {
        var (formed, coordinator) = await RackSetup.FormAsync(Sleds[..members], Guid.Parse(RackHost.RackId), TimeProvider.System, default);
        using var admin = Rack.Node.As(Rack.Node.AdminToken, Rack.Node.AdminListener);
        await admin.PutAsync($"/racks/{RackHost.RackId}/initialization-complete", new
        {
            RackSubnet = "fd00:1122:3344:100::/56",
            InitialTrustQuorumConfiguration = new
            {
                Members = formed.Select(m => new { m.PartNumber, m.SerialNumber }),
                Coordinator = new { coordinator.PartNumber, coordinator.SerialNumber },
            },
        }).Expect(204);
        await Rack.UntilAsync($"{Root}/membership", m => m.Text("state") == "committed");
    }

    public Task<ApiAnswer> AddAsync(params RunningSled[] sleds) =>
        Admin.PostAsync($"{Root}/membership/add", new { SledIds = sleds.Select(SledId) });

    public async Task<ApiAnswer> ChangeAsync(string verb, object? body = null)
    {
        var tag = (await Admin.GetAsync($"{Root}/membership").Expect(200)).ETag;
        return await Admin.PostAsync($"{Root}/membership/{verb}", body, ("If-Match", tag));
    }

    public Task<JsonElement> RecordAsync(long epoch) => Rack.UntilAsync($"{Root}/sleds/{epoch}", r => r.ValueKind is JsonValueKind.Object);

    public Task<JsonElement> UntilAsync(long epoch, string state) =>
        Rack.UntilAsync($"{Root}/sleds/{epoch}", r => r.ValueKind is JsonValueKind.Object && r.Text("state") == state);

    public Task<JsonElement> DriverAsync(Func<JsonElement, bool> holds) => Rack.UntilAsync("/v1/system/trust-quorum-manager", holds);

    /// <summary>Injects a fault into sleds through the control interface.</summary>
    public async Task FaultAsync(object fault, params RunningSled[] sleds)
    {
        using var control = new HttpClient { BaseAddress = Rack.Sleds.Control };
        foreach (var sled in sleds)
        {
            using var answer = await control.PostAsync($"/control/{sled.Serial}/faults", Answers.Json(JsonSerializer.Serialize(fault)));
            if (!answer.IsSuccessStatusCode)
            {
                throw new InvalidOperationException($"fault at {sled.Serial}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            }
        }
    }

    /// <summary>How often the faults of these sleds have struck.</summary>
    public async Task<int> StrikesAsync(params RunningSled[] sleds)
    {
        using var control = new HttpClient { BaseAddress = Rack.Sleds.Control };
        var strikes = 0;
        foreach (var sled in sleds)
        {
            using var faults = JsonDocument.Parse(await control.GetStringAsync(new Uri($"/control/{sled.Serial}/faults", UriKind.Relative)));
            strikes += faults.RootElement.EnumerateArray().Sum(f => f.GetProperty("strikes").GetInt32());
        }

        return strikes;
    }

    public async Task HealAsync(params RunningSled[] sleds)
    {
        using var control = new HttpClient { BaseAddress = Rack.Sleds.Control };
        foreach (var sled in sleds)
        {
            using var answer = await control.DeleteAsync($"/control/{sled.Serial}/faults");
            if (!answer.IsSuccessStatusCode)
            {
                throw new InvalidOperationException($"heal {sled.Serial}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            }
        }
    }

    public Task UnlockedAsync(ulong epoch, params RunningSled[] sleds) => Eventually.HoldsAsync(
        () => sleds.All(s => s.Quorum?.UnlockedEpoch == epoch), s_patience,
        () => string.Join(", ", sleds.Select(s => $"{s.Serial}: {s.Quorum?.UnlockedEpoch}")));

    public ValueTask DisposeAsync() => Rack.DisposeAsync();
}
