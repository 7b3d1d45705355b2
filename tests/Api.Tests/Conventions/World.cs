using System.Text.Json.Nodes;
using Gantry.Actors;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>
/// A node with one of everything, and every operation that is mapped with a request that it can take: path parameters of objects that
/// exist, the document's example as body. New endpoints join the tables over it by themselves.
/// </summary>
public sealed class World : IAsyncLifetime
{
    private const string Rack = "11111111-1111-4111-8111-111111111111";

    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal)
    {
        ["project"] = "default",
        ["silo"] = "default",
        ["instance"] = "web-1",
        ["pool"] = "mcast",
        ["vpc"] = "net",
        ["floating_ip"] = "front",
        ["multicast_group"] = "224.10.0.3",
        ["affinity_group"] = "together",
        ["anti_affinity_group"] = "apart",
        ["epoch"] = "1",
        ["address"] = "224.10.0.3",
        ["rack_id"] = Rack,
    };

    private ApiHost? _host;

    internal ApiHost Host => _host ?? throw new InvalidOperationException("not started");

    internal Dictionary<string, string> Tokens { get; } = [];

    /// <summary>All operations of people: the external and the admin listener.</summary>
    internal IReadOnlyList<Operation> Operations =>
        [.. new[] { ListenerKind.External, ListenerKind.Admin }.SelectMany(l => Host.Services.GetRequiredService<OperationCatalog>().Of(l))];

    public async Task InitializeAsync()
    {
        _host = await ApiHost.StartAsync(new Dictionary<string, string?>(ApiHost.OneRack())
        {
            ["gantry:racks:0:switches:0:slot"] = "0",
            ["gantry:racks:0:switches:0:address"] = "http://127.0.0.1:9", // nobody listens there
        });
        Tokens["viewer"] = await Host.UserAsync("world-viewer", "viewer");
        Tokens["operator"] = await Host.UserAsync("world-operator", "operator");
        Tokens["admin"] = await Host.UserAsync("world-admin", "admin");
        Tokens["nobody"] = await Host.UserAsync("world-nobody");
        await Host.UserAsync("world-other");
        using var admin = Host.As(Host.AdminToken);
        await FillAsync(admin);
    }

    public async Task DisposeAsync() => await Host.DisposeAsync();

    internal ApiClient As(string? token, Operation operation) =>
        Host.As(token, operation.Listener is ListenerKind.Admin ? Host.AdminListener : Host.External);

    /// <summary>The path of an operation on objects that exist, with the query that it needs.</summary>
    internal string PathOf(Operation operation, params string[] query) => PathOf(operation, operation.Path, query);

    /// <summary>The same with one parameter replaced.</summary>
    internal string PathWith(Operation operation, string parameter, string value, params string[] query) =>
        PathOf(operation, operation.Path.Replace($"{{{parameter}}}", Uri.EscapeDataString(value), StringComparison.Ordinal), query);

    internal static string? BodyOf(Operation operation) => operation.Body is { } body
        ? operation.Example ?? ExampleMaker.OfBody(body.Type)?.ToJsonString()
        : null;

    internal static JsonObject BodyObject(Operation operation) => JsonNode.Parse(BodyOf(operation)!)!.AsObject(); // only of those with a body

    /// <summary>What users recorded in the journal after a place. Reconcilers go on by themselves and do not count.</summary>
    internal async Task<List<string>> ChangesSinceAsync(FeedPosition before)
    {
        var now = await Host.PositionAsync();
        var changes = new List<string>();
        if (IsAt(before, now))
        {
            return changes;
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await foreach (var happened in Host.Services.GetRequiredService<IEventFeed>().FollowAsync(before, patience.Token))
        {
            if (happened.Caller.StartsWith("user", StringComparison.OrdinalIgnoreCase))
            {
                changes.Add($"{happened.Entity} {happened.Tag}");
            }

            if (IsAt(happened.Resume, now))
            {
                break;
            }
        }

        return changes;
    }

    private static bool IsAt(FeedPosition place, FeedPosition end) =>
        end.Shards.All(s => place.Shards.GetValueOrDefault(s.Key) >= s.Value);

    private string PathOf(Operation operation, string path, string[] query)
    {
        foreach (var parameter in operation.Parameters)
        {
            var value = _names.GetValueOrDefault(parameter.Name, parameter.Form is PathForm.Id ? Guid.Empty.ToString() : "no-such-thing");
            path = path.Replace($"{{{parameter.Name}}}", value, StringComparison.Ordinal);
        }

        var needed = operation.Query
            .Where(q => q.IsRequired || q.Name == "project")
            .Select(q => $"{q.Name}={_names.GetValueOrDefault(q.Name, "some")}");
        var all = needed.Concat(query).ToList();
        return all.Count == 0 ? path : $"{path}?{string.Join('&', all)}";
    }

    private async Task FillAsync(ApiClient admin)
    {
        var sled = Guid.NewGuid();
        using (var agents = Host.InternalClient())
        {
            using var answer = await agents.PostAsync(
                $"/sled-agents/{sled}", Answers.Json(SledRegistrationTests.Announcement("BRM42220001").ToJsonString()));
            answer.EnsureSuccessStatusCode();
        }

        _names["sled_id"] = sled.ToString();
        _names["switch_id"] = (await admin.ListAsync("/v1/system/hardware/switches"))[0].Text("id")!; // every switch has one
        _names["user_id"] = (await admin.GetAsync("/v1/users?filter=display_name=world-other").Expect(200))
            .Body.GetProperty("items")[0].Text("id")!; // every user has one
        _names["token_id"] = (await admin.PostAsync("/v1/me/access-tokens", "{}").Expect(201)).Id;
        await admin.PostAsync("/v1/system/ip-pools", new { Name = "mcast", Description = "", IpVersion = "v4", PoolType = "multicast" }).Expect(201);
        await admin.PostAsync("/v1/system/ip-pools/mcast/ranges/add", new { First = "224.10.0.1", Last = "224.10.0.20" }).Expect(201);
        await admin.PostAsync("/v1/system/ip-pools/mcast/silos", new { Silo = "default", IsDefault = true }).Expect(201);
        await admin.PostAsync(
            "/v1/instances?project=default",
            new { Name = "web-1", Description = "", Ncpus = 1, Memory = 1L << 30, Hostname = "web-1", Start = false }).Expect(201);
        await admin.PostAsync(
            "/v1/affinity-groups?project=default", new { Name = "together", Description = "", Policy = "allow", FailureDomain = "sled" }).Expect(201);
        await admin.PostAsync(
            "/v1/anti-affinity-groups?project=default", new { Name = "apart", Description = "", Policy = "allow", FailureDomain = "sled" }).Expect(201);
        await admin.PostAsync(
            "/v1/multicast-groups?project=default", new { Name = "lasting", Description = "", MulticastIp = "224.10.0.3" }).Expect(201);
        await admin.PostAsync("/v1/system/ip-pools", new { Name = "uni", Description = "", IpVersion = "v4", PoolType = "unicast" }).Expect(201);
        await admin.PostAsync("/v1/system/ip-pools/uni/ranges/add", new { First = "203.0.113.1", Last = "203.0.113.20" }).Expect(201);
        await admin.PostAsync("/v1/system/ip-pools/uni/silos", new { Silo = "default", IsDefault = true }).Expect(201);
        await admin.PostAsync("/v1/floating-ips?project=default", new { Name = "front", Description = "" }).Expect(201);
        await admin.PostAsync("/v1/vpcs?project=default", new { Name = "net", Description = "", DnsName = "net" }).Expect(201);
        await admin.PutAsync("/v1/instances/web-1/multicast-groups/224.10.0.3?project=default", new { }).Expect(201);
    }
}

/// <summary>Tests over one world; they change nothing in it.</summary>
[CollectionDefinition(Name)]
public sealed class WorldGroup : ICollectionFixture<World>
{
    public const string Name = "one world";
}
