using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Gantry.Primitives;
using Gantry.Sled.Simulator;
using Gantry.TrustQuorum.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gantry.Bench;

/// <summary>
/// 32 sleds on loopback, each with its files and its HTTP: from the request to the coordinator until all have committed, by the calls that the
/// driver makes (one status at a time, then five clients that pass commits on).
/// </summary>
internal static class RackReconfiguration
{
    private const int Members = 32;
    private const int Rounds = 11;
    private const int Clients = 5;
    private const double SecondsAsked = 1;

    private static readonly RackId Rack = new(GuidForm.FromText("trust-quorum bench"));

    public static async Task<BenchResult> MeasureAsync(TextWriter output, CancellationToken ct)
    {
        using var folder = new BenchFolder();
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("api-version", "48.0.0");
        await using var rack = await SledSimulator.StartAsync(
            new SledSimulatorOptions
            {
                Sleds =
                [
                    .. Enumerable.Range(0, Members).Select(i => new SimulatedSledOptions
                    {
                        Id = GuidForm.FromText($"bench {i}"), Slot = i, Serial = $"BRM{i:00}", Part = "p", QuorumPort = 0,
                    }),
                ],
                GatewayPort = null,
                QuorumFolder = folder.New(),
            },
            TimeProvider.System,
            NullLoggerFactory.Instance,
            ct);
        await MeshAsync(rack, ct);
        List<long> ticks = [];
        ulong? last = null;
        for (ulong epoch = 1; epoch <= Rounds; epoch++)
        {
            var began = TimeProvider.System.GetTimestamp();
            await ReconfigureAsync(http, rack, epoch, last, ct);
            ticks.Add(TimeProvider.System.GetTimestamp() - began);
            last = epoch;
            await output.WriteLineAsync($"  epoch {epoch}: {TimeProvider.System.GetElapsedTime(0, ticks[^1]).TotalMilliseconds:0} ms");
        }

        // The first has no prior secrets and cold code.
        var warm = ticks.Skip(1).ToList();
        var p50 = Percentiles.Ms(warm, 50);
        return new BenchResult
        {
            Id = "TQ3",
            What = $"reconfiguration of {Members} members on loopback, request to committed",
            Values = new Dictionary<string, double> { ["p50_ms"] = p50, ["max_ms"] = Percentiles.Ms(warm, 100), ["rounds"] = warm.Count },
            Targets = [new BenchTarget("1 s / p50", SecondsAsked * 1_000 / p50, 1)],
        };
    }

    private static async Task MeshAsync(SledSimulator rack, CancellationToken ct)
    {
        foreach (var sled in rack.Sleds)
        {
            while ((await sled.Quorum!.Host!.StatusAsync(ct)).Value!.ConnectedPeers.Length < Members - 1) // made with a quorum port
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, ct);
            }
        }
    }

    private static async Task ReconfigureAsync(HttpClient http, SledSimulator rack, ulong epoch, ulong? last, CancellationToken ct)
    {
        var coordinator = rack.Sleds[(int)(epoch % Members)];
        var message = new ReconfigureMsg
        {
            RackId = Rack,
            Epoch = epoch,
            LastCommittedEpoch = last,
            Members = [.. rack.Sleds.Select(s => s.Quorum!.Id)], // made with a quorum port
            Threshold = (byte)QuorumSizes.Threshold(Members),
        };
        await SendAsync(http, HttpMethod.Post, coordinator, "trust-quorum/configuration", JsonSerializer.Serialize(message, TqJson.Default.ReconfigureMsg), ct);
        var needed = QuorumSizes.Threshold(Members) + QuorumSizes.CommitCrashTolerance(Members);
        TqCoordinatorStatus status;
        do
        {
            status = await http.GetFromJsonAsync(new Uri(coordinator.Address, "trust-quorum/coordinator-status"), TqJson.Default.TqCoordinatorStatus, ct)
                ?? throw new InvalidOperationException("the coordinator lost its state");
        }
        while (status.AckedPrepares.Length < needed);

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(c => CommitPartAsync(http, rack, c, status, ct)));
    }

    private static async Task CommitPartAsync(HttpClient http, SledSimulator rack, int client, TqCoordinatorStatus status, CancellationToken ct)
    {
        for (var i = client; i < Members; i += Clients)
        {
            var member = rack.Sleds[i].Quorum!.Id; // made with a quorum port
            if (status.AckedPrepares.Contains(member))
            {
                var commit = new TqProxyCommitRequest(member, new TqCommitRequest(Rack, status.Config.Epoch));
                await (i == client
                    ? SendAsync(http, HttpMethod.Put, rack.Sleds[client], "trust-quorum/commit", JsonSerializer.Serialize(commit.Request, TqJson.Default.TqCommitRequest), ct)
                    : SendAsync(http, HttpMethod.Put, rack.Sleds[client], "trust-quorum/proxy/commit", JsonSerializer.Serialize(commit, TqJson.Default.TqProxyCommitRequest), ct));
                continue;
            }

            // Not prepared when the status was asked for: until it says committed.
            var body = JsonSerializer.Serialize(new TqPrepareAndCommitRequest(status.Config), TqJson.Default.TqPrepareAndCommitRequest);
            while (!(await SendAsync(http, HttpMethod.Put, rack.Sleds[i], "trust-quorum/prepare-and-commit", body, ct)).Contains("committed", StringComparison.Ordinal))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, ct);
            }
        }
    }

    private static async Task<string> SendAsync(
        HttpClient http, HttpMethod method, RunningSled sled, string path, string json, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, new Uri(sled.Address, path))
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        using var answer = await http.SendAsync(request, ct);
        var body = await answer.Content.ReadAsStringAsync(ct);
        return answer.IsSuccessStatusCode ? body : throw new InvalidOperationException($"{path} answered {(int)answer.StatusCode}: {body}");
    }
}
