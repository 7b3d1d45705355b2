using System.Globalization;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Hosting;
using Gantry.Inventory;
using Gantry.Primitives;
using Gantry.Sled.Simulator;
using Gantry.TrustQuorum;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gantry.Bench;

/// <summary>
/// A reconfiguration of 32 healthy members on loopback, from the request to every member committed: real control plane on SQLite, real sled
/// agents over HTTP, real quorum nodes over TCP. Each round is an empty add: same members, new epoch, new secret.
/// </summary>
internal static class ReconfigurationLeg
{
    private const int Members = 32;
    private const int Rounds = 7;
    private const string Part = "913-0000019";
    private const string Subnet = "fd00:1122:3344:100::/56";
    private const double BoundMs = 1_000;

    private static readonly RackId s_rack = RackId.From(GuidForm.FromText("bench rack"));
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public static async Task<BenchResult> MeasureAsync(CancellationToken ct)
    {
        using var folder = new BenchFolder();
        await using var sleds = await SledSimulator.StartAsync(
            new SledSimulatorOptions
            {
                Sleds = [.. Enumerable.Range(0, Members).Select(n => new SimulatedSledOptions
                {
                    Id = GuidForm.FromText($"bench sled {n}"), Slot = n, Serial = $"BRM4222{n:0000}", Part = Part, QuorumPort = 0, RackId = s_rack.Value,
                })],
                GatewayPort = null,
            },
            TimeProvider.System, NullLoggerFactory.Instance, ct);
        using var host = await StartAsync(folder.New(), ct);
        await RegisterAsync(host.Services, sleds, ct);
        var (formed, coordinator) = await RackSetup.FormAsync(sleds.Sleds, s_rack.Value, TimeProvider.System, ct);
        await MustAsync(host.Services, Addresses.Rack(s_rack), new FoundRack(Subnet, new RackCreated(formed, coordinator)), ct);

        var quorum = host.Services.GetRequiredService<QuorumService>();
        await UntilAsync(quorum, 1, ct);
        var took = new List<double>();
        for (var epoch = 2; epoch <= Rounds + 1; epoch++)
        {
            var began = TimeProvider.System.GetTimestamp();
            if (await quorum.AddAsync(s_rack, [], Ask(), ct) is not Outcome<TqRecord>.Accepted)
            {
                throw new InvalidOperationException($"epoch {epoch} was not accepted");
            }

            await UntilAsync(quorum, epoch, ct);
            took.Add(TimeProvider.System.GetElapsedTime(began).TotalMilliseconds);
        }

        await host.StopAsync(ct);
        took.Sort();
        return new BenchResult
        {
            Id = "TQ4",
            What = $"reconfiguration of {Members} members, request to every member committed, {Rounds} rounds",
            Values = new Dictionary<string, double>
            {
                ["p50_ms"] = took[took.Count / 2], ["best_ms"] = took[0], ["worst_ms"] = took[^1],
            },
            Targets = [new BenchTarget(string.Create(CultureInfo.InvariantCulture, $"{BoundMs:0} ms / p50"), BoundMs / took[took.Count / 2], 1)],
        };
    }

    private static async Task<IHost> StartAsync(string folder, CancellationToken ct)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["gantry:storage:kind"] = "sqlite",
            ["gantry:storage:path"] = folder,
            ["gantry:racks:0:id"] = s_rack.ToString(),
            ["gantry:racks:0:subnet"] = Subnet,
        });
        builder.Services.AddGantry(builder.Configuration);
        var host = builder.Build();
        await host.StartAsync(ct);
        return host;
    }

    private static async Task RegisterAsync(IServiceProvider services, SledSimulator sleds, CancellationToken ct)
    {
        foreach (var sled in sleds.Sleds)
        {
            var id = SledId.From(sled.Id);
            var given = await MustAsync(services, Addresses.Rack(s_rack), new AllocateSubnet(id, sled.Serial, Part), ct);
            var facts = new SledFacts
            {
                Address = sled.Address.Authority, RepoDepotPort = 12348, Role = "gimlet", HardwareThreads = 8,
                PhysicalRamBytes = 4L << 30, ReservoirBytes = 1L << 30, CpuFamily = "amd_milan",
            };
            await MustAsync(
                services, Addresses.Sled(id), new RegisterSled(s_rack, given.Subnet, new SledBaseboard(sled.Serial, Part, 6), facts, 1), ct);
        }
    }

    private static async Task UntilAsync(QuorumService quorum, long epoch, CancellationToken ct)
    {
        var began = TimeProvider.System.GetTimestamp();
        while ((await quorum.FindAsync(s_rack, epoch, ct))?.Record.State != TqStates.Committed)
        {
            if (TimeProvider.System.GetElapsedTime(began) > s_patience)
            {
                throw new TimeoutException($"epoch {epoch} is not committed after {s_patience.TotalSeconds:0} s");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, ct);
        }
    }

    private static async Task<T> MustAsync<T>(IServiceProvider services, EntityAddress to, ICommand<T> command, CancellationToken ct) where T : class =>
        await services.GetRequiredService<IEntities>().AskAsync(to, command, Ask(), ct) is Outcome<T>.Accepted accepted
            ? accepted.Value
            : throw new InvalidOperationException($"{to} refused {command.GetType().Name}");

    private static AskOptions Ask() => new()
    {
        Key = CommandKey.Fresh(SystemRandomSource.Instance),
        Deadline = TimeSpan.FromSeconds(20),
        Caller = new Principal(PrincipalKind.Host, "bench", "admin"),
    };
}
