using System.Net;
using System.Text.Json;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Gantry.Switch.Simulator;
using Gantry.Tenancy;
using Gantry.Tests;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;
using MulticastIp = Gantry.Multicast.Ip;

namespace Gantry.Api.Tests;

/// <summary>Migrations, moved and expunged sleds, stuck groups, taken addresses, other silos, over HTTP (multicast 10, 37 and 46 to 53).</summary>
[Collection(MulticastRacksGroup.Name)]
public sealed class ReconcilerHttpTests(MulticastRacks racks)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "multicast/37")]
    [Trait("spec", "multicast/FIX-2")]
    [Trait("spec", "multicast/FIX-16")]
    public async Task Migrating_members_stay_joined_and_their_ports_follow(SwitchMode mode)
    {
        var rack = racks.Of(mode);

        // From one sled to the other, both: then the old port has to go and the new one to come.
        var (one, other) = await rack.TwoOnOneSledAsync("r-moves");
        string[] names = [one, other];
        foreach (var name in names)
        {
            await rack.JoinAsync(name, "224.50.11.1").Expect(201);
        }

        var group = await rack.ConvergedAsync("224.50.11.1");
        await rack.MembersAreAsync("224.50.11.1", "Joined");
        var before = await Task.WhenAll(names.Select(rack.SlotAsync));
        await rack.PortsAreAsync(group.TagOf(), MulticastSteps.Ports(before));

        await Task.WhenAll(names.Zip(before).Select(n => MigrateAsync(rack, n.First, rack.Sleds.Sleds.First(s => s.Slot != n.Second).Id)));

        var after = before.Select(slot => 1 - slot).ToArray();
        await Eventually.HoldsAsync(
            async () =>
            {
                (await rack.MembersAsync("224.50.11.1")).ShouldAllBe(m => m.Text("state") == "Joined");
                return rack.Switches.All(s => s.PortsOf(group.TagOf()) is { } ports && ports.SequenceEqual(MulticastSteps.Ports(after)));
            },
            s_patience);
        await rack.ConvergedAsync("224.50.11.1");
        (await rack.MembersAsync("224.50.11.1")).ShouldAllBe(m => m.Text("state") == "Joined");

        // The source's record stays a moment longer than the migration.
        await Eventually.HoldsAsync(
            async () => (await Task.WhenAll(names.Select(rack.SlotAsync))).SequenceEqual(after), s_patience);
    }

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "multicast/46")]
    public async Task Member_that_was_stopped_when_its_group_was_stuck_joins_once_it_is_active(SwitchMode mode)
    {
        var rack = racks.Of(mode);
        await rack.InstanceAsync("r-stuck");
        foreach (var one in rack.Switches)
        {
            one.Faults.Add(new SimFault("status") { Match = new FaultMatch(Method: "POST", Path: "/multicast") });
        }

        try
        {
            await rack.JoinAsync("r-stuck", "224.50.11.92").Expect(201);
            await rack.MembersAreAsync("224.50.11.92", "Left");
            await rack.StartedAsync("r-stuck");
            (await rack.MembersAsync("224.50.11.92"))[0].Text("state").ShouldBe("Left");
            (await rack.GroupAsync("224.50.11.92")).Member("state").ShouldBe("Creating");
        }
        finally
        {
            rack.Switches.ToList().ForEach(s => s.Faults.Clear());
        }

        await rack.ConvergedAsync("224.50.11.92");
        await rack.MembersAreAsync("224.50.11.92", "Joined");
    }

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "multicast/47")]
    public async Task Group_whose_underlay_address_is_taken_gets_another(SwitchMode mode)
    {
        var rack = racks.Of(mode);
        await rack.StartNewAsync("r-salt");

        // Folded, this IPv6 address is the number of the IPv4 one.
        const ulong upper = 0xff0e_0000_0000_0047;
        var folded = MulticastIp.V6(upper, upper ^ (ulong)MulticastIp.Parse("224.50.11.3").Value).ToString();
        await rack.PoolAsync("folded", folded, folded, isDefault: false);
        await rack.JoinAsync("r-salt", "224.50.11.3").Expect(201);
        await rack.JoinAsync("r-salt", folded).Expect(201);

        var first = await rack.ConvergedAsync("224.50.11.3");
        var second = await rack.ConvergedAsync(folded);
        await rack.MembersAreAsync(folded, "Joined");
        var addresses = new[] { first, second }.Select(g => Underlay(rack.Switches[0], g.TagOf())).ToList();
        addresses.ShouldBe(["ff04::e032:b03", "ff04::e032:b02"]);
        rack.Switches.ShouldAllBe(s => Underlay(s, second.TagOf()) == addresses[1]);
        await rack.LeaveAsync("r-salt", folded).Expect(204);
    }

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "multicast/48")]
    [Trait("spec", "multicast/49")]
    [Trait("spec", "multicast/FIX-20")]
    public async Task Collection_without_news_writes_nothing_and_one_that_moves_sleds_moves_ports(SwitchMode mode)
    {
        await using var rack = await RackHost.StartAsync(new RackHostOptions
        {
            SwitchMode = mode,
            Settings = new Dictionary<string, string?> { ["gantry:multicast:period_secs"] = "2" },
        });
        await rack.PoolAsync("asm", "224.50.0.0", "224.50.0.255");
        await rack.StartNewAsync("moved");
        var group = await rack.JoinedAsync("moved", "224.50.0.1");
        var slot = await rack.SlotAsync("moved");
        await rack.PortsAreAsync(group.TagOf(), MulticastSteps.Ports(slot));

        var writes = Writes(rack);
        await CollectAsync(rack);
        await CollectAsync(rack);
        Writes(rack).ShouldBe(writes);
        await rack.PortsAreAsync(group.TagOf(), MulticastSteps.Ports(slot));

        // With the gateway away nothing is known anew, and nobody is put out for that.
        await ControlAsync(rack, HttpMethod.Post, "gateway/faults", new { kind = "refuse" });
        await CollectInVainAsync(rack);
        Writes(rack).ShouldBe(writes);
        await rack.PortsAreAsync(group.TagOf(), MulticastSteps.Ports(slot));
        (await rack.MembersAsync("224.50.0.1"))[0].Text("state").ShouldBe("Joined");
        await ControlAsync(rack, HttpMethod.Delete, "gateway/faults", new { });

        // The two sleds change places: each cubby's service processor now names the other one's serial.
        foreach (var sled in rack.Sleds.Sleds.Take(2))
        {
            var other = rack.Sleds.Sleds.First(s => s.Slot == 1 - sled.Slot);
            await ControlAsync(rack, HttpMethod.Put, $"{sled.Serial}/settings", new { sp_serial = other.Serial });
        }

        await CollectAsync(rack);
        await Eventually.HoldsAsync(
            async () =>
            {
                (await rack.MembersAsync("224.50.0.1"))[0].Text("state").ShouldBe("Joined");
                return rack.Switches.All(s => s.PortsOf(group.TagOf()) is { } ports && ports.SequenceEqual(MulticastSteps.Ports(1 - slot)));
            },
            s_patience);
        (await rack.MembersAsync("224.50.0.1"))[0].Text("state").ShouldBe("Joined");
    }

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "multicast/50")]
    public async Task Instance_of_an_expunged_sled_fails_and_its_memberships_are_left(SwitchMode mode)
    {
        await using var rack = await RackHost.StartAsync(new RackHostOptions { SwitchMode = mode });
        await QuorumOfOthersAsync(rack);
        await rack.PoolAsync("asm", "224.50.0.0", "224.50.0.255");
        await rack.Admin.PostAsync(
            "/v1/instances?project=default",
            new { Name = "lost", Description = "", Ncpus = 1, Memory = 1L << 30, Hostname = "lost", Start = true, AutoRestartPolicy = "never" }).Expect(201);
        await rack.RunningAsync("lost");
        var group = await rack.JoinedAsync("lost", "224.50.0.1");
        var slot = await rack.SlotAsync("lost");
        var path = $"/v1/system/hardware/sleds/{rack.Sleds.Sleds.First(s => s.Slot == slot).Id}";
        var now = await rack.Admin.GetAsync(path).Expect(200);

        await rack.Admin.PostAsync($"{path}/expunge", null, ("If-Match", now.ETag)).Expect(202);

        await rack.MembersAreAsync("224.50.0.1", "Left");
        await rack.UntilAsync("/v1/instances/lost?project=default", i => i.Text("run_state") == "failed");
        await rack.PortsAreAsync(group.TagOf());
        (await rack.GroupAsync("224.50.0.1")).Member("state").ShouldBe("Active");
    }

    [Fact]
    [Trait("spec", "multicast/53")]
    public async Task Silo_without_a_pool_joins_what_is_there_and_creates_nothing()
    {
        var rack = racks.Of(SwitchMode.Strict);
        await rack.InstanceAsync("r-silo-a");
        await rack.JoinAsync("r-silo-a", "r-shared", new { IpVersion = "v4" }).Expect(201);
        var shared = (await rack.GroupAsync("r-shared")).Id;
        using var other = await OtherSiloAsync(rack);
        await other.PostAsync("/v1/projects", new { Name = "theirs", Description = "" }).Expect(201);
        var instance = await other.PostAsync(
            "/v1/instances?project=theirs",
            new { Name = "r-silo-b", Description = "", Ncpus = 1, Memory = 1L << 30, Hostname = "b", Start = false }).Expect(201);
        var groups = $"/v1/instances/{instance.Id}/multicast-groups";

        (await other.PutAsync($"{groups}/r-shared", new { }).Expect(201)).Member("multicast_group_id").ShouldBe(shared);
        await other.PutAsync($"{groups}/{shared}", new { }).Expect(201);
        await other.PutAsync($"{groups}/r-new", new { }).ExpectFailure(400, "InvalidRequest", null, "pool");
        await other.PutAsync($"{groups}/224.50.11.77", new { }).ExpectFailure(400, "InvalidRequest");

        (await rack.GroupAsync("r-new")).Status.ShouldBe(404);
        (await rack.MembersAsync("r-shared")).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(SwitchMode.Strict)]
    [InlineData(SwitchMode.Faithful)]
    [Trait("spec", "multicast/FIX-17")]
    [Trait("spec", "switch-dpd/D3")]
    public async Task Group_that_is_slow_to_make_is_made_once(SwitchMode mode)
    {
        var rack = racks.Of(mode);
        await rack.StartNewAsync("r-slow");
        foreach (var one in rack.Switches)
        {
            one.Faults.Add(new SimFault("slow")
            {
                Match = new FaultMatch(Method: "POST", Path: "/multicast"), Params = new FaultParams { DelayMs = 600 },
            });
        }

        try
        {
            await rack.JoinAsync("r-slow", "224.50.11.4").Expect(201);
            for (var i = 0; i < 20; i++)
            {
                await rack.JoinAsync("r-slow", "224.50.11.4").Expect(201);
            }

            var group = await rack.ConvergedAsync("224.50.11.4");
            rack.Switches.ShouldAllBe(s => s.Requests.Count(r => r.Method == "POST" && r.Body.Contains(group.TagOf(), StringComparison.Ordinal)) == 2);
        }
        finally
        {
            rack.Switches.ToList().ForEach(s => s.Faults.Clear());
        }
    }

    [Fact]
    [Trait("spec", "multicast/FIX-19")]
    public async Task Group_shows_none_but_the_three_states()
    {
        var rack = racks.Of(SwitchMode.Strict);
        await rack.StartNewAsync("r-states");
        var seen = new HashSet<string?>();
        await rack.JoinAsync("r-states", "224.50.11.5").Expect(201);
        seen.Add((await rack.GroupAsync("224.50.11.5")).Member("state"));
        seen.Add((await rack.ConvergedAsync("224.50.11.5")).Text("state"));
        await rack.LeaveAsync("r-states", "224.50.11.5").Expect(204);

        (await rack.GroupAsync("224.50.11.5")).Status.ShouldBe(404);
        seen.ShouldBeSubsetOf(["Creating", "Active", "Deleting"]);
    }

    private static string? Underlay(SwitchSimulator on, string tag) =>
        on.Model.Groups.Values.OfType<UnderlayGroup>().FirstOrDefault(g => g.Tag == tag)?.Address.ToString();

    private static int Writes(RackHost rack) =>
        rack.Switches.Sum(s => s.Requests.Count(r => r.Method != "GET" && r.Path.StartsWith("/multicast", StringComparison.Ordinal)));

    // The simulated source does not know of a migration until it is told, as its hypervisor would be by the target's.
    private static async Task MigrateAsync(RackHost rack, string instance, Guid to)
    {
        var source = await rack.VmmAsync(instance);
        var id = (await rack.Admin.GetAsync($"/v1/instances/{instance}?project=default").Expect(200)).Id;
        await rack.Admin.PostAsync($"/v1/instances/{id}/migrate", new { DstSledId = to }).Expect(202);
        JsonElement target = default;
        await Eventually.HoldsAsync(
            async () =>
            {
                target = (await rack.Admin.ListAsync($"/v1/system/vmms?instance={id}")).FirstOrDefault(v => v.Text("id") != source.Text("id"));
                return target.ValueKind == JsonValueKind.Object && target.TryGetProperty("migration_in", out _);
            },
            s_patience);
        var migration = target.GetProperty("migration_in").Text("migration_id");
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("api-version", "48.0.0");
        var sled = rack.Sleds.Sleds.First(s => s.Id == source.GetProperty("sled_id").GetGuid());
        using var answer = await http.PostAsync(
            new Uri(sled.Address, $"vmms/{source.Text("id")}/sim-migration-source"),
            Answers.Json($$"""{"migration_id":"{{migration}}","result":"Success"}"""));
        if (answer.StatusCode is not (HttpStatusCode.Gone or HttpStatusCode.NotFound))
        {
            // Else the target was quicker to say that the guest has moved, and the source has ended or was even collected.
            answer.EnsureSuccessStatusCode();
        }

        await rack.UntilAsync($"/v1/instances/{id}", i => i.Text("run_state") == "running");
    }

    private static async Task CollectAsync(RackHost rack)
    {
        var reconcilers = rack.Node.Services.GetRequiredService<IReconcilers>();
        var admin = rack.Node.Services.GetRequiredService<IReconcilerAdmin>();
        var before = await CollectedAtAsync(admin);
        reconcilers.Nudge(Reconcilers.InventoryCollection, RackHost.RackId, forgetBackoff: true);
        await Eventually.HoldsAsync(async () => await CollectedAtAsync(admin) > before, s_patience);
    }

    // A collection that misses something may count as failed or as done: either will do, it has looked.
    private static async Task CollectInVainAsync(RackHost rack)
    {
        var reconcilers = rack.Node.Services.GetRequiredService<IReconcilers>();
        var admin = rack.Node.Services.GetRequiredService<IReconcilerAdmin>();
        var before = await CollectedAtAsync(admin);
        reconcilers.Nudge(Reconcilers.InventoryCollection, RackHost.RackId, forgetBackoff: true);
        await Eventually.HoldsAsync(
            async () => (await admin.KeysAsync(Reconcilers.InventoryCollection, default)).Keys.Single() is var key
                && (key.LastError is not null || key.LastSuccess > before),
            s_patience);
    }

    private static async Task<DateTimeOffset> CollectedAtAsync(IReconcilerAdmin reconcilers) =>
        (await reconcilers.KeysAsync(Reconcilers.InventoryCollection, default)).Keys.Single().LastSuccess ?? DateTimeOffset.MinValue;

    private static async Task ControlAsync(RackHost rack, HttpMethod method, string path, object body)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(method, new Uri(rack.Sleds.Control, $"control/{path}"))
        {
            Content = Answers.Json(JsonSerializer.Serialize(body)),
        };
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    // A sled is expunged only where a quorum is recorded that it is no member of.
    private static Task QuorumOfOthersAsync(RackHost rack)
    {
        var members = Enumerable.Range(0, 3).Select(n => new BaseboardId("913-0000019", $"BRM9{n}")).ToList();
        return rack.Node.AcceptedAsync(
            Addresses.TqConfig(RackId.From(Guid.Parse(RackHost.RackId))),
            new RackCreated([.. members], members[0]),
            new Principal(PrincipalKind.Host, "test"));
    }

    private static async Task<ApiClient> OtherSiloAsync(RackHost rack)
    {
        var silo = SiloId.From(Guid.NewGuid());
        var admin = new Principal(PrincipalKind.Host, "tests", "admin");
        await rack.Node.AcceptedAsync(Addresses.Silo(silo), new CreateSilo("r-silo-b", "", true, "local_only"), admin);
        var user = new UserId(Guid.NewGuid());
        var token = TokenText.New(SystemRandomSource.Instance);
        await rack.Node.AcceptedAsync(Addresses.User(user), new CreateUser(silo, "r-other", null, "admin"), admin);
        await rack.Node.AcceptedAsync(
            Addresses.User(user), new AddToken(new TokenId(Guid.NewGuid()), token.Hashed(SystemRandomSource.Instance), null), admin);
        return rack.Node.As(token.Reveal());
    }
}
