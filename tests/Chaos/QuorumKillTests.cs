using System.Net;
using System.Text.Json.Nodes;
using Gantry.Primitives;
using Gantry.Sled.Simulator;
using Gantry.Tests;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Gantry.Chaos;

/// <summary>kill -9 of the control plane and of a sled after every state that either makes durable on the way to a new epoch.</summary>
public sealed class QuorumKillTests(ITestOutputHelper output)
{
    private const string Serial = "MORTAL";
    private const string Part = "sim-gimlet";
    private const int RoundsMax = 30;
    private const string Coordinator = "coordinator";
    private const string Late = "late";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    [Trait("spec", "tq/8.1")]
    [Trait("spec", "engine/3.4")]
    public async Task A_reconfiguration_survives_a_kill_of_the_control_plane_at_every_persisted_step()
    {
        await using var rack = await RackUnderTest.StartAsync(sleds: 4, quorumPeers: [], isMortal: true);
        await FormAsync(rack);

        var steps = await KillPointTests.KillAtEveryStepAsync(rack, "tq-config", async _ =>
        {
            var target = ulong.MaxValue;
            await KillPointTests.HoldsAsync(rack, async () =>
            {
                var version = (ulong)(await MembershipAsync(rack))["version"]!;
                target = target == ulong.MaxValue ? version + 1 : target;
                if (version < target)
                {
                    await rack.Api.TryAsync(HttpMethod.Post, Path(rack, "add"), new JsonObject { ["sled_ids"] = new JsonArray() });
                }

                return version >= target;
            });
            await SettledAsync(rack, target);
        });

        output.WriteLine($"{steps} persisted steps");
        steps.ShouldBeGreaterThan(3);
        rack.Sleds.Sleds.ShouldAllBe(s => s.Quorum!.Host!.Failure == null); // every sled here has a node
    }

    [Fact]
    [Trait("spec", "tq/8.1")]
    [Trait("spec", "tq/27")]
    [Trait("spec", "tq/6")]
    public async Task A_reconfiguration_survives_a_kill_of_a_sled_at_every_persisted_step()
    {
        var ports = Ports.Block(3); // agent, control, quorum node
        await using var rack = await RackUnderTest.StartAsync(sleds: 3, quorumPeers: [new IPEndPoint(IPAddress.Loopback, ports + 2)]);
        var folder = Directory.CreateTempSubdirectory("gantry-mortal-").FullName;
        var sled = new MortalSled(rack, ports, folder);
        await using (sled)
        {
            await FormAsync(rack);
            await sled.StartAsync();
            await HoldsAsync(rack, sled, async () =>
                (await rack.Api.ListAsync("/v1/system/hardware/sleds")).Any(s => (string?)s["baseboard"]!["serial"] == Serial));
            await AddAsync(rack, new JsonObject { ["part_number"] = Part, ["serial_number"] = Serial });
            await UntilCommittedAsync(rack, sled, epoch: 2);

            // A member saves its prepare and its commit, one that missed the prepare the configuration and then share and commit together,
            // a coordinator its own share and its commit. Else who coordinates is up to the dice: what comes up is run to its end as well.
            var wanted = new Queue<string>(["coordinator 1", "coordinator 2", "late 1", "late 2", "member 1", "member 2"]);
            for (var round = 0; wanted.TryPeek(out var next); round++)
            {
                round.ShouldBeLessThan(RoundsMax, $"never came up: {string.Join(", ", wanted)}");
                var role = await RoundAsync(rack, sled, next[..^2], nth: next[^1] - '0');
                output.WriteLine($"round {round}: killed as {role} after save {next[^1]}");
                if (next[..^2] == role)
                {
                    wanted.Dequeue();
                }
            }
        }

        Directory.Delete(folder, recursive: true);
    }

    // One empty add with the fault on: the sled dies at that save, comes back, and the epoch (or the one after) is committed by everybody.
    private static async Task<string> RoundAsync(RackUnderTest rack, MortalSled sled, string role, int nth)
    {
        var isLate = role == Late;

        // One that is taken for down is not chosen to coordinate.
        await HoldsAsync(rack, sled, async () => (await ProgressAsync(rack))["members"]!.AsArray().All(m => (bool)m!["is_reachable"]!));
        if (isLate)
        {
            await sled.FaultAsync("""{"kind":"quorum_cut"}""");
        }

        if (role == Coordinator)
        {
            await SilenceOthersAsync(rack, sled);
        }

        await sled.FaultAsync($$$"""{"kind":"quorum_kill_after_save","params":{"nth":{{{nth}}}}}""");
        var epoch = (ulong)(await MembershipAsync(rack))["version"]! + 1;
        await AddAsync(rack, null);
        if (role == Coordinator)
        {
            await OthersAsync(rack, "DELETE", "");
        }

        var record = await rack.Api.DoAsync(HttpMethod.Get, $"/v1/system/hardware/racks/{rack.Id}/sleds/{epoch}");
        var isCoordinator = (string?)record!["coordinator"]!["serial_number"] == Serial;
        if (isLate && isCoordinator)
        {
            // Cut off and alone it gets nowhere; what is wanted here is a member that missed the prepare.
            await sled.HealAsync();
            if (!sled.IsRunning)
            {
                await sled.StartAsync();
            }

            await UntilCommittedAsync(rack, sled, epoch);
            return "coordinator alone";
        }

        if (isLate)
        {
            await HoldsAsync(rack, sled, async () => (string?)(await ProgressAsync(rack))["phase"] == "commit");
            await sled.HealAsync("quorum_cut");
        }

        await Eventually.HoldsAsync(() => !sled.IsRunning, s_patience, () => sled.Output);
        await sled.StartAsync();
        await UntilCommittedAsync(rack, sled, epoch);
        return isLate ? Late : isCoordinator ? Coordinator : "member";
    }

    // Who does not answer is not chosen: with the other agents' ports closed the choice is certain. Their nodes go on speaking with each other.
    private static async Task SilenceOthersAsync(RackUnderTest rack, MortalSled sled)
    {
        await OthersAsync(rack, "POST", """{"kind":"refuse"}""");
        await HoldsAsync(rack, sled, async () => (await ProgressAsync(rack))["members"]!.AsArray()
            .All(m => (bool)m!["is_reachable"]! == ((string?)m["serial_number"] == Serial)));
    }

    private static async Task OthersAsync(RackUnderTest rack, string method, string fault)
    {
        using var control = new HttpClient { BaseAddress = rack.Sleds.Control };
        foreach (var other in rack.Sleds.Sleds)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"/control/{other.Serial}/faults") { Content = new StringContent(fault) };
            using var answer = await control.SendAsync(request);
            answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
        }
    }

    private static async Task UntilCommittedAsync(RackUnderTest rack, MortalSled sled, ulong epoch)
    {
        var version = epoch;
        await HoldsAsync(rack, sled, async () =>
        {
            var progress = await ProgressAsync(rack);
            version = (ulong)progress["epoch"]!;
            if (progress["driver"]!["PerRackStatus"]!["errors"]!.AsArray().Any(e => ((string?)e)!.Contains("abort required", StringComparison.Ordinal)))
            {
                // A coordinator that died before its prepares left: nobody can finish this epoch, and the driver says so.
                await rack.Api.TryAsync(HttpMethod.Post, Path(rack, "recover"), ifMatch: "*");
            }

            return version >= epoch && (string?)progress["phase"] == "settled";
        });
        await HoldsAsync(rack, sled, async () =>
            (await sled.StateAsync())["quorum"]!["unlocked_epoch"] is { } own && (ulong)own == version
            && rack.Sleds.Sleds.All(s => s.Quorum!.UnlockedEpoch == version)); // every sled here has a node
        var nodes = await rack.Api.DoAsync(HttpMethod.Get, $"/v1/system/hardware/racks/{rack.Id}/membership/nodes");
        nodes!["nodes"]!.AsArray().ShouldAllBe(n => n!["alarms"]!.AsArray().Count == 0, nodes.ToJsonString());
    }

    private static async Task SettledAsync(RackUnderTest rack, ulong epoch)
    {
        await KillPointTests.HoldsAsync(rack, async () =>
            await MembershipAsync(rack) is var m && (ulong)m["version"]! == epoch && (string?)m["state"] == "committed");
        await Eventually.HoldsAsync(() => rack.Sleds.Sleds.All(s => s.Quorum!.UnlockedEpoch == epoch), s_patience); // every sled here has a node
    }

    private static Task HoldsAsync(RackUnderTest rack, MortalSled sled, Func<Task<bool>> condition) => Eventually.HoldsAsync(
        async () =>
        {
            try
            {
                return await condition();
            }
            catch (Exception e) when (e is InvalidOperationException || NoAnswer.Is(e))
            {
                return false;
            }
        },
        s_patience,
        () => rack.Api.TryAsync(HttpMethod.Get, Path(rack, "progress")).GetAwaiter().GetResult()?.Body?.ToJsonString());

    private static async Task AddAsync(RackUnderTest rack, JsonObject? sled)
    {
        var answer = await rack.Api.TryAsync(
            HttpMethod.Post, Path(rack, "add"), new JsonObject { ["sled_ids"] = sled is null ? [] : new JsonArray(sled) });

        // A coordinator that dies before it answers is reported as silent: its epoch may or may not go on.
        answer?.Status.ShouldBeOneOf([HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable], $"{answer?.Body}");
    }

    private static async Task<JsonNode> MembershipAsync(RackUnderTest rack) =>
        await rack.Api.DoAsync(HttpMethod.Get, $"/v1/system/hardware/racks/{rack.Id}/membership") ?? throw new InvalidOperationException("no membership");

    private static async Task<JsonNode> ProgressAsync(RackUnderTest rack) =>
        await rack.Api.DoAsync(HttpMethod.Get, Path(rack, "progress")) ?? throw new InvalidOperationException("no membership");

    private static string Path(RackUnderTest rack, string verb) => $"/v1/system/hardware/racks/{rack.Id}/membership/{verb}";

    private static async Task FormAsync(RackUnderTest rack)
    {
        var (formed, coordinator) = await RackSetup.FormAsync(rack.Sleds.Sleds, rack.Id.Value, TimeProvider.System, default);
        using var admin = new ApiUnderTest(rack.AdminPort, RackUnderTest.AdminToken);
        await admin.DoAsync(HttpMethod.Put, $"/racks/{rack.Id}/initialization-complete", new JsonObject
        {
            ["rack_subnet"] = "fd00:1122:3344:100::/56",
            ["initial_trust_quorum_configuration"] = new JsonObject
            {
                ["members"] = new JsonArray([.. formed.Select(Id)]), ["coordinator"] = Id(coordinator),
            },
        });
        await SettledAsync(rack, 1);
    }

    private static JsonObject Id(BaseboardId id) => new() { ["part_number"] = id.PartNumber, ["serial_number"] = id.SerialNumber };

    /// <summary>A simulated sled as a process of its own, on the same ports and drives at every start.</summary>
    private sealed class MortalSled(RackUnderTest rack, int ports, string folder) : IAsyncDisposable
    {
        private readonly HttpClient _control = new() { BaseAddress = new Uri($"http://127.0.0.1:{ports + 1}") };
        private NodeProcess? _process;

        public bool IsRunning => _process is { IsRunning: true };

        public string Output => _process?.Output ?? "";

        public async Task StartAsync()
        {
            if (_process is not null)
            {
                await _process.DisposeAsync();
            }

            var peers = string.Join(',', rack.Sleds.Sleds.Select(s => s.Quorum!.EndPoint)); // every sled here has a node
            _process = NodeProcess.StartProgram(
                "Gantry.Sled.Simulator.dll", "--serial", Serial, "--slot", "9", "--port", $"{ports}", "--control-port", $"{ports + 1}",
                "--quorum-port", $"{ports + 2}", "--quorum-peers", peers, "--quorum-folder", folder, "--control-plane", rack.ControlPlane.ToString());
            await Eventually.HoldsAsync(
                async () =>
                {
                    try
                    {
                        return (await StateAsync())["quorum"] is not null;
                    }
                    catch (Exception e) when (NoAnswer.Is(e))
                    {
                        return IsRunning ? false : throw new InvalidOperationException(Output, e);
                    }
                },
                s_patience,
                () => Output);
        }

        public async Task FaultAsync(string fault)
        {
            using var body = new StringContent(fault);
            using var answer = await _control.PostAsync(new Uri($"/control/{Serial}/faults", UriKind.Relative), body);
            answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        }

        /// <summary>Takes one kind of fault away, or all.</summary>
        public async Task HealAsync(string? kind = null)
        {
            try
            {
                // The newest first: the kill before the cut that holds it back.
                var faults = JsonNode.Parse(await _control.GetStringAsync(new Uri($"/control/{Serial}/faults", UriKind.Relative)))!.AsArray();
                foreach (var fault in faults.Reverse().Where(f => kind is null || (string?)f!["fault"]!["kind"] == kind))
                {
                    using var answer = await _control.DeleteAsync(new Uri($"/control/{Serial}/faults/{fault!["id"]}", UriKind.Relative));
                }
            }
            catch (Exception e) when (NoAnswer.Is(e))
            {
                // It has died of its fault meanwhile; a new process has none.
            }
        }

        public async Task<JsonNode> StateAsync() =>
            JsonNode.Parse(await _control.GetStringAsync(new Uri($"/control/{Serial}/state", UriKind.Relative))) ?? throw new InvalidOperationException("no state");

        public async ValueTask DisposeAsync()
        {
            _control.Dispose();
            if (_process is not null)
            {
                await _process.DisposeAsync();
            }
        }
    }
}
