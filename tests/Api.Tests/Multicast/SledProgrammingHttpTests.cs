using System.Text.Json;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Multicast;
using Gantry.Switch.Simulator;
using Gantry.Tests;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Packet engines of sleds (multicast 8.2): told, read back, repaired, verified, over HTTP and the sled simulator.</summary>
[Trait("spec", "multicast/8.2")]
public sealed class SledProgrammingHttpTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Every_sled_maps_a_group_with_members_and_forgets_it_with_them()
    {
        await using var rack = await RackAsync();
        await rack.StartNewAsync("p-one");
        await rack.JoinAsync("p-one", "232.50.0.1", new { SourceIps = new[] { "10.1.0.1" } }).Expect(201);
        var group = await rack.ConvergedAsync("232.50.0.1");
        var underlay = rack.Switches[0].Model.Groups.Values.OfType<UnderlayGroup>().Single(g => g.Tag == group.TagOf()).Address.ToString();

        await SledsAsync(rack, s => Mappings(s) == $"232.50.0.1>{underlay}" && Hops(s).StartsWith($"{underlay}>", StringComparison.Ordinal));
        await Eventually.HoldsAsync(async () => (await StatesAsync(rack)).SelectMany(Memberships).SequenceEqual(["232.50.0.1 10.1.0.1"]), s_patience);
        var seen = await rack.UntilAsync("/v1/multicast-groups/232.50.0.1/verify", v => v.GetProperty("is_right").GetBoolean());
        seen.GetProperty("sleds").EnumerateArray().Count(s => s.GetProperty("is_right").GetBoolean()).ShouldBe(2);

        await rack.StoppedAsync("p-one");
        await SledsAsync(rack, s => Mappings(s) == "" && Hops(s) == "");
        await rack.StartedAsync("p-one");
        await SledsAsync(rack, s => Mappings(s) == $"232.50.0.1>{underlay}");
        await rack.LeaveAsync("p-one", "232.50.0.1").Expect(204);
        await SledsAsync(rack, s => Mappings(s) == "" && Hops(s) == "" && !Memberships(s).Any());
    }

    [Fact]
    public async Task Sled_that_fails_or_forgets_is_named_and_repaired_and_holds_nobody_up()
    {
        await using var rack = await RackAsync();
        var first = rack.Sleds.Sleds[0];
        await ControlAsync(rack, "POST", $"{first.Serial}/faults", new { kind = "status", match = new { path = "/networking*" }, @params = new { status = 500 } });
        await rack.StartNewAsync("p-two");
        await rack.JoinAsync("p-two", "224.50.0.2").Expect(201);
        await rack.ConvergedAsync("224.50.0.2");
        await rack.MembersAreAsync("224.50.0.2", "Joined");
        await Eventually.HoldsAsync(async () => Mappings(await StateAsync(rack, rack.Sleds.Sleds[1].Serial)) != "", s_patience);
        await rack.UntilAsync("/v1/multicast-groups/224.50.0.2/verify", v => !v.GetProperty("is_right").GetBoolean()
            && v.GetProperty("sleds").EnumerateArray().Where(s => !s.GetProperty("is_right").GetBoolean()).Select(s => s.Text("serial")).SequenceEqual([first.Serial]));

        await ControlAsync(rack, "DELETE", $"{first.Serial}/faults", null);
        await SledsAsync(rack, s => Mappings(s) != "");

        using (var http = new HttpClient())
        {
            http.DefaultRequestHeaders.Add("api-version", "50.0.0");
            var held = Mappings(await StateAsync(rack, first.Serial)).Split('>');
            using var clear = new HttpRequestMessage(HttpMethod.Delete, new Uri(first.Address, "networking/mcast-m2p"))
            {
                Content = Answers.Json($$"""{"group":"{{held[0]}}","underlay":"{{held[1]}}"}"""),
            };
            using var answer = await http.SendAsync(clear);
            answer.EnsureSuccessStatusCode();
        }

        await SledsAsync(rack, s => Mappings(s) != "");
    }

    [Fact]
    public async Task Member_that_left_while_nobody_looked_is_unsubscribed_by_whoever_looks_next()
    {
        await using var rack = await RackAsync();
        await rack.StartNewAsync("p-three");
        await rack.JoinedAsync("p-three", "224.50.0.3");
        await Eventually.HoldsAsync(async () => (await StatesAsync(rack)).SelectMany(Memberships).Any(), s_patience);
        await rack.PausedAsync(Reconcilers.MulticastSleds);

        await rack.LeaveAsync("p-three", "224.50.0.3").Expect(204);

        // A turn of a node that has just got the rack knows only what is stored.
        (await StatesAsync(rack)).SelectMany(Memberships).ShouldNotBeEmpty();
        var reconciler = rack.Node.Services.GetServices<IReconciler>().Single(r => r.Name == Reconcilers.MulticastSleds);
        await Eventually.HoldsAsync(
            async () =>
            {
                await reconciler.ReconcileAsync(RackHost.RackId, new ReconcileTurn(IsResync: false, IsFirst: true, 0, DateTimeOffset.UnixEpoch), default);
                return !(await StatesAsync(rack)).SelectMany(Memberships).Any()
                    && (await rack.Node.Views.ListAsync(new ViewQuery<SledSubscriptionRow>(SledSubscriptionsDecider.View), default)).Length == 0;
            },
            s_patience);
    }

    private static async Task<RackHost> RackAsync()
    {
        var rack = await RackHost.StartAsync(new RackHostOptions
        {
            Settings = new Dictionary<string, string?>
            {
                ["gantry:multicast:period_secs"] = "2",
                ["gantry:multicast:sled_programming"] = "true",
            },
        });
        await rack.PoolAsync("asm", "224.50.0.0", "224.50.0.255");
        await rack.PoolAsync("ssm", "232.50.0.0", "232.50.0.255");
        return rack;
    }

    private static async Task SledsAsync(RackHost rack, Func<JsonElement, bool> holds)
    {
        var last = new List<JsonElement>();
        await Eventually.HoldsAsync(
            async () =>
            {
                last = await StatesAsync(rack);
                return last.All(holds);
            },
            s_patience,
            () => string.Join(" | ", last.Select(s => $"{Mappings(s)} {Hops(s)} {string.Join(',', Memberships(s))}")));
    }

    private static async Task<List<JsonElement>> StatesAsync(RackHost rack) =>
        [.. await Task.WhenAll(rack.Sleds.Sleds.Select(s => StateAsync(rack, s.Serial)))];

    private static async Task<JsonElement> StateAsync(RackHost rack, string serial)
    {
        using var http = new HttpClient();
        return await http.GetJsonAsync(new Uri(rack.Sleds.Control, $"control/{serial}/state").ToString());
    }

    private static string Mappings(JsonElement sled) => string.Join(',', sled.GetProperty("multicast_mappings").EnumerateArray()
        .Select(m => $"{m.Text("group")}>{m.Text("underlay")}"));

    private static string Hops(JsonElement sled) => string.Join(',', sled.GetProperty("multicast_forwarding").EnumerateArray()
        .Select(f => $"{f.Text("underlay")}>{string.Join('+', f.GetProperty("next_hops").EnumerateArray().Select(h => h.Text("next_hop")))}"));

    private static IEnumerable<string> Memberships(JsonElement sled) => sled.GetProperty("vmms").EnumerateArray()
        .SelectMany(v => v.GetProperty("multicast_groups").EnumerateArray())
        .Select(m => $"{m.Text("group_ip")} {string.Join(',', m.GetProperty("sources").EnumerateArray().Select(s => s.GetString()))}");

    private static async Task ControlAsync(RackHost rack, string method, string path, object? body)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(rack.Sleds.Control, $"control/{path}"))
        {
            Content = body is null ? null : Answers.Json(JsonSerializer.Serialize(body)),
        };
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }
}
