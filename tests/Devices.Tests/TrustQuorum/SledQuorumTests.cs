using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gantry.Primitives;
using Gantry.Sled.Simulator;
using Gantry.Tests;
using Gantry.TrustQuorum.Protocol;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gantry.Devices.Tests.TrustQuorum;

/// <summary>Quorum nodes on simulated sleds: real HTTP to each, real links between them, their own stores.</summary>
public sealed class SledQuorumTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly RackId Rack = new(Guid.Parse("0dbef452-a6dd-4831-bbdc-769ea3353f28"));

    private readonly string _folder = Directory.CreateTempSubdirectory("gantry-tq-").FullName;
    private readonly HttpClient _http = new();
    private SledSimulator _rack = null!; // made in InitializeAsync

    public async Task InitializeAsync()
    {
        _http.DefaultRequestHeaders.Add("api-version", "48.0.0");
        _rack = await StartAsync(_folder);
        await MeshAsync();
    }

    public async Task DisposeAsync()
    {
        await _rack.DisposeAsync();
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    [Trait("spec", "tq/2")]
    [Trait("spec", "tq/3")]
    public async Task A_rack_forms_its_quorum_over_HTTP_and_every_sled_unlocks()
    {
        await FormAsync();

        var status = await GetAsync(0, "coordinator-status");
        status.ValueKind.ShouldBe(JsonValueKind.Null);
        await UnlockedAsync(1, 0, 1, 2, 3);
    }

    [Fact]
    public async Task Adding_a_spare_carries_the_old_secret_and_starts_its_agent()
    {
        await FormAsync();
        await ReconfigureAsync(coordinator: 1, epoch: 2, last: 1, threshold: 3, 0, 1, 2, 3, 4);

        var config = (await AckedAsync(1, 5)).Config;
        config.EncryptedRackSecrets!.Data.Length.ShouldBe(56);
        foreach (var i in new[] { 0, 1, 2, 3 })
        {
            await CommitAsync(i, 2);
        }

        (await PutAsync(0, "trust-quorum/proxy/commit", PassedOn(4, 2)))
            .ShouldBe(HttpStatusCode.NoContent);
        await UnlockedAsync(2, 0, 1, 2, 3, 4);

        var id = Guid.NewGuid();
        var start = new AddSledRequest(Member(4), new StartSledAgentRequest(0, 1, new StartSledAgentBody(
            new SledId(id), Rack, UseTrustQuorum: true, IsLrtqLearner: false, new UnderlaySubnet("fd00:1122:3344:121::/64"))));
        var json = JsonSerializer.Serialize(start, TqJson.Default.AddSledRequest);
        (await PutAsync(0, "sleds", json)).ShouldBe(HttpStatusCode.NoContent);
        (await PutAsync(0, "sleds", json)).ShouldBe(HttpStatusCode.NoContent, "starting is idempotent");
        (await GetAsync(4, "status")).GetProperty("persistent_state").GetProperty("commits").EnumerateArray().Select(e => e.GetInt32()).ShouldBe([2]);
        _rack.Sleds[4].Id.ShouldBe(id);
    }

    [Fact]
    [Trait("spec", "tq/21")]
    public async Task A_sled_without_power_during_a_change_catches_up_when_it_returns()
    {
        await FormAsync();
        await SetAsync("D", """{"power":"A2"}""");
        await ReconfigureAsync(coordinator: 0, epoch: 2, last: 1, threshold: 3, 0, 1, 2, 3, 4);
        await AckedAsync(0, 4);
        foreach (var i in new[] { 0, 1, 2 })
        {
            await CommitAsync(i, 2);
        }

        await SetAsync("D", """{"power":"A0"}""");

        await UnlockedAsync(2, 3);
        (await GetAsync(3, "status")).GetProperty("persistent_state").GetProperty("commits").EnumerateArray().Select(e => e.GetInt32())
            .ShouldBe([1, 2]);
    }

    [Fact]
    public async Task All_sleds_restarted_from_their_files_unlock_again()
    {
        await FormAsync();
        await _rack.DisposeAsync();

        _rack = await StartAsync(_folder);

        await UnlockedAsync(1, 0, 1, 2, 3);
    }

    [Fact]
    public async Task Disks_keyed_with_an_earlier_epoch_are_opened_with_its_secret_and_keyed_anew()
    {
        await FormAsync();
        await UnlockedAsync(1, 0, 1, 2, 3);
        await ReconfigureAsync(coordinator: 0, epoch: 2, last: 1, threshold: 3, 0, 1, 2, 3);
        await AckedAsync(0, 4);
        await SetAsync("D", """{"power":"A2"}"""); // its disks stay at epoch 1
        foreach (var i in new[] { 0, 1, 2 })
        {
            await CommitAsync(i, 2);
        }

        await SetAsync("D", """{"power":"A0"}""");

        await UnlockedAsync(2, 0, 1, 2, 3);
        File.ReadAllText(Path.Combine(_folder, "D", "m2-0", KeyedEpoch.LabelFile)).ShouldBe("2");
    }

    [Theory]
    [InlineData(null, 3, 3)]
    [InlineData(3, 3, 3)]
    [InlineData(1, 3, 1)]
    [InlineData(4, 3, null)]
    public void Disks_open_with_the_secret_of_their_own_epoch_and_never_with_an_older_one(int? keyed, int latest, int? opens) =>
        SimulatedDisks.Opens((ulong?)keyed, (ulong)latest).ShouldBe((ulong?)opens);

    [Fact]
    [Trait("spec", "tq/7.4")]
    public async Task Rack_setup_that_ended_before_the_hand_over_is_done_again_from_where_it_was()
    {
        var first = await RackSetup.FormAsync(_rack.Sleds[..4], Rack.Value, TimeProvider.System, default);
        await _rack.DisposeAsync();
        _rack = await StartAsync(_folder);

        var second = await RackSetup.FormAsync(_rack.Sleds[..4], Rack.Value, TimeProvider.System, default);

        second.Coordinator.ShouldBe(first.Coordinator);
        second.Members.ShouldBe(first.Members);
        await UnlockedAsync(1, 0, 1, 2, 3);
        (await Should.ThrowAsync<InvalidOperationException>(() => RackSetup.FormAsync(_rack.Sleds[..3], Rack.Value, TimeProvider.System, default)))
            .Message.ShouldContain("holds epoch 1");
    }

    [Fact]
    [Trait("spec", "tq/7.4")]
    public async Task Rack_setup_ends_when_its_coordinator_forgot_what_it_was_doing()
    {
        await FaultAsync("A", """{"kind":"quorum_drop","match":{"path":"prepare"},"count":1000000}""");
        var forming = RackSetup.FormAsync(_rack.Sleds[..4], Rack.Value, TimeProvider.System, default);
        await Eventually.HoldsAsync(async () => (await GetAsync(0, "coordinator-status")).ValueKind is JsonValueKind.Object, Patience);

        await _rack.Sleds[0].RestartAsync();

        // The node that ended under it, or the next attempt at the one after it: either says so.
        (await Should.ThrowAsync<InvalidOperationException>(() => forming)).Message.ShouldStartWith("rack setup stopped");
        (await Should.ThrowAsync<InvalidOperationException>(() => RackSetup.FormAsync(_rack.Sleds[..4], Rack.Value, TimeProvider.System, default)))
            .Message.ShouldContain("before");
    }

    [Fact]
    [Trait("spec", "tq/50")]
    public async Task A_node_that_cannot_save_stops_and_acknowledges_nothing_until_it_is_restarted()
    {
        await FaultAsync("C", """{"kind":"quorum_save_fails","count":1}""");
        await ReconfigureAsync(coordinator: 0, epoch: 1, last: null, threshold: 3, 0, 1, 2, 3);

        await AckedAsync(0, 3);
        (await CodeAsync(2, "trust-quorum/commit", Asked(1))).ShouldBe("Stopped");
        (await StatusAsync(0)).AckedPrepares.Select(i => i.SerialNumber).ShouldBe(["A", "B", "D"]);

        using var restarted = await _http.PostAsync(new Uri(_rack.Control, "control/C/restart"), null);
        restarted.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await AckedAsync(0, 4);
    }

    [Fact]
    [Trait("spec", "tq/49")]
    public async Task A_call_passed_on_to_a_peer_without_session_is_refused_and_the_member_stays_prepared()
    {
        await FormAsync();
        await ReconfigureAsync(coordinator: 0, epoch: 2, last: 1, threshold: 3, 0, 1, 2, 3);
        await AckedAsync(0, 4);
        await FaultAsync("A", """{"kind":"quorum_cut","match":{"object":"D"}}""");
        await Eventually.HoldsAsync(async () => (await ConnectedAsync(0)).All(s => s != "D"), Patience);

        (await CodeAsync(
            0, "trust-quorum/proxy/commit", PassedOn(3, 2)))
            .ShouldBe("Disconnected");
        var stays = (await _rack.Sleds[3].Quorum!.Host!.StatusAsync(default)).Value.ShouldNotBeNull().PersistentState;
        (stays.Shares.Contains(2UL), stays.Commits.Contains(2UL)).ShouldBe((true, false));

        using var healed = await _http.DeleteAsync(new Uri(_rack.Control, "control/A/faults"));
        await Eventually.HoldsAsync(async () => (await ConnectedAsync(0)).Contains("D"), Patience);
    }

    [Fact]
    public async Task Lost_and_late_prepares_are_sent_again()
    {
        await FaultAsync("A", """{"kind":"quorum_drop","match":{"path":"prepare"},"count":2}""");
        await FaultAsync("B", """{"kind":"quorum_delay","match":{"path":"prepare_ack"},"params":{"delay_ms":300}}""");
        await ReconfigureAsync(coordinator: 0, epoch: 1, last: null, threshold: 3, 0, 1, 2, 3);

        await AckedAsync(0, 4);
    }

    [Fact]
    public async Task A_node_that_ends_after_a_save_has_what_it_saved()
    {
        await FaultAsync("B", """{"kind":"quorum_crash_after_save","count":1}""");
        await ReconfigureAsync(coordinator: 0, epoch: 1, last: null, threshold: 3, 0, 1, 2, 3);
        await Eventually.HoldsAsync(() => _rack.Sleds[1].Quorum!.Host!.Failure is not null, Patience);

        using var restarted = await _http.PostAsync(new Uri(_rack.Control, "control/B/restart"), null);

        (await GetAsync(1, "status")).GetProperty("persistent_state").GetProperty("shares").EnumerateArray().Count().ShouldBe(1);
        await AckedAsync(0, 4);
    }

    [Fact]
    public async Task The_network_configuration_reaches_every_sled_and_never_goes_back()
    {
        (await PutAsync(0, "trust-quorum/network-config", """{"generation":2,"blob":"aGVsbG8="}""")).ShouldBe(HttpStatusCode.NoContent);

        await Eventually.HoldsAsync(
            async () => (await GetAsync(4, "network-config")) is { ValueKind: JsonValueKind.Object } config
                && config.GetProperty("blob").GetString() == "aGVsbG8=",
            Patience);
        (await CodeAsync(0, "trust-quorum/network-config", """{"generation":2,"blob":"YWdhaW4="}""")).ShouldBe("StaleNetworkConfig");
    }

    [Fact]
    public async Task Errors_have_the_name_of_the_rule_and_bad_bodies_are_refused()
    {
        (await CodeAsync(0, "trust-quorum/commit", Asked(1))).ShouldBe("NotPrepared");
        (await PutAsync(0, "trust-quorum/commit", "{}")).ShouldBe(HttpStatusCode.BadRequest);
        (await PutAsync(
            0,
            "trust-quorum/prepare-and-commit",
            """{"config":{"rack_id":"0dbef452-a6dd-4831-bbdc-769ea3353f28","epoch":1,"coordinator":{"part_number":"p","serial_number":"A"},"members":[],"threshold":2}}"""))
            .ShouldBe(HttpStatusCode.BadRequest);
        using var none = await _http.GetAsync(new Uri(_rack.Sleds[0].Address, "trust-quorum/nonsense"));
        none.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private static Task<SledSimulator> StartAsync(string folder) => SledSimulator.StartAsync(
        new SledSimulatorOptions
        {
            Sleds =
            [
                .. "ABCDE".Select((c, i) => new SimulatedSledOptions
                {
                    Id = GuidForm.FromText($"tq {c}"), Slot = i, Serial = c.ToString(), Part = "p", QuorumPort = 0, IsSpare = c == 'E',
                }),
            ],
            GatewayPort = null,
            QuorumFolder = folder,
        },
        TimeProvider.System,
        NullLoggerFactory.Instance,
        CancellationToken.None);

    private static BaseboardId Member(int sled) => new("p", "ABCDE"[sled].ToString());

    private static string Asked(ulong epoch) =>
        JsonSerializer.Serialize(new TqCommitRequest(Rack, epoch), TqJson.Default.TqCommitRequest);

    private static string PassedOn(int sled, ulong epoch) => JsonSerializer.Serialize(
        new TqProxyCommitRequest(Member(sled), new TqCommitRequest(Rack, epoch)), TqJson.Default.TqProxyCommitRequest);

    private async Task MeshAsync() => await Eventually.HoldsAsync(
        async () =>
        {
            foreach (var sled in _rack.Sleds)
            {
                if ((await sled.Quorum!.Host!.StatusAsync(CancellationToken.None)).Value!.ConnectedPeers.Length < 4)
                {
                    return false;
                }
            }

            return true;
        },
        Patience);

    private async Task FormAsync()
    {
        await ReconfigureAsync(coordinator: 0, epoch: 1, last: null, threshold: 3, 0, 1, 2, 3);
        await AckedAsync(0, 4);
        for (var i = 0; i < 4; i++)
        {
            await CommitAsync(i, 1);
        }
    }

    private async Task ReconfigureAsync(int coordinator, ulong epoch, ulong? last, byte threshold, params int[] members)
    {
        var message = new ReconfigureMsg
        {
            RackId = Rack, Epoch = epoch, LastCommittedEpoch = last, Threshold = threshold, Members = [.. members.Select(Member)],
        };
        using var body = new StringContent(JsonSerializer.Serialize(message, TqJson.Default.ReconfigureMsg));
        using var answer = await _http.PostAsync(new Uri(Agent(coordinator), "trust-quorum/configuration"), body);
        answer.StatusCode.ShouldBe(HttpStatusCode.NoContent, await answer.Content.ReadAsStringAsync());
    }

    private async Task<TqCoordinatorStatus> AckedAsync(int coordinator, int count)
    {
        TqCoordinatorStatus? last = null;
        await Eventually.HoldsAsync(
            async () => (last = await StatusAsync(coordinator)).AckedPrepares.Length >= count, Patience, () => last?.AckedPrepares.Length);
        return last!;
    }

    private async Task<TqCoordinatorStatus> StatusAsync(int coordinator) =>
        (await GetAsync(coordinator, "coordinator-status")).Deserialize(TqJson.Default.TqCoordinatorStatus)!;

    private async Task CommitAsync(int sled, ulong epoch) =>
        (await PutAsync(sled, "trust-quorum/commit", Asked(epoch))).ShouldBe(HttpStatusCode.NoContent);

    private Task UnlockedAsync(ulong epoch, params int[] sleds) => Eventually.HoldsAsync(
        () => sleds.All(i => _rack.Sleds[i].Quorum!.UnlockedEpoch == epoch),
        Patience,
        () => string.Join(' ', _rack.Sleds.Select(s => s.Quorum!.UnlockedEpoch)));

    private async Task<IEnumerable<string>> ConnectedAsync(int sled) =>
        (await GetAsync(sled, "status")).Deserialize(TqJson.Default.TqNodeStatus)!.ConnectedPeers.Select(p => p.SerialNumber);

    // The spare has no agent before it is started: its node is asked through a member.
    private async Task<JsonElement> GetAsync(int sled, string what)
    {
        if (sled == 4 && what == "status")
        {
            return await _http.GetFromJsonAsync<JsonElement>(new Uri(Agent(0), "trust-quorum/proxy/status?part_number=p&serial_number=E"));
        }

        if (sled == 4)
        {
            var config = await _rack.Sleds[4].Quorum!.Host!.NetworkConfigAsync(CancellationToken.None);
            return JsonSerializer.SerializeToElement(config.Value!, TqJson.Default.TqNetworkConfig);
        }

        return await _http.GetFromJsonAsync<JsonElement>(new Uri(Agent(sled), $"trust-quorum/{what}"));
    }

    private async Task<HttpStatusCode> PutAsync(int sled, string path, string json)
    {
        using var body = new StringContent(json);
        using var answer = await _http.PutAsync(new Uri(Agent(sled), path), body);
        return answer.StatusCode;
    }

    private async Task<string?> CodeAsync(int sled, string path, string json)
    {
        using var body = new StringContent(json);
        using var answer = await _http.PutAsync(new Uri(Agent(sled), path), body);
        answer.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error_code").GetString();
    }

    private async Task FaultAsync(string sled, string json)
    {
        using var body = new StringContent(json);
        using var answer = await _http.PostAsync(new Uri(_rack.Control, $"control/{sled}/faults"), body);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    private async Task SetAsync(string sled, string json)
    {
        using var body = new StringContent(json);
        using var answer = await _http.PutAsync(new Uri(_rack.Control, $"control/{sled}/settings"), body);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private Uri Agent(int sled) => _rack.Sleds[sled].Address;
}
