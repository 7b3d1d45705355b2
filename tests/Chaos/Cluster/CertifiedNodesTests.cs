using System.Net;
using System.Text.Json.Nodes;
using Gantry.Tests;
using Shouldly;
using Xunit;
using Xunit.Abstractions;

namespace Gantry.Chaos;

/// <summary>
/// Three node processes whose links are TLS under the cluster's own authority; one of them is not reached by the others, or is stopped and goes on.
/// Each test leaves them as it found them.
/// </summary>
public sealed class CertifiedNodesTests(CertifiedNodesTests.Nodes nodes, ITestOutputHelper output) : IClassFixture<CertifiedNodesTests.Nodes>
{
    private const int Objects = 12; // a third of them is owned by any one node, give or take
    private const int Storm = 30;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [PostgresFact]
    [Trait("spec", "engine/10.5")]
    [Trait("spec", "engine/5.9")]
    public async Task Nodes_with_certificates_serve_as_one_and_over_a_cut_edge_a_client_is_told_the_owner()
    {
        var cluster = nodes.Cluster;
        await cluster.SpreadAsync();

        // Whoever is asked, the owner answers: most of these cross a link.
        for (var n = 0; n < 6; n++)
        {
            await ProjectAsync(cluster, n % ClusterUnderTest.NodeCount, $"before-{n}");
        }

        cluster.CutOff(0);

        var told = await UnreachableAsync(cluster);
        told.ShouldContain("certainly not executed");
        (told.Contains(cluster.UrlOf(1).Authority, StringComparison.Ordinal) || told.Contains(cluster.UrlOf(2).Authority, StringComparison.Ordinal))
            .ShouldBeTrue(told);
        await Eventually.HoldsAsync(
            async () => (await cluster.ClusterLineAsync(0)).StartsWith("3 nodes up, ", StringComparison.Ordinal), s_patience, () => cluster.Output);

        cluster.Heal(0);
        await Eventually.HoldsAsync(
            async () =>
            {
                for (var n = 0; n < 12; n++)
                {
                    if ((await TryProjectAsync(cluster, 0, $"after-{Guid.NewGuid():N}"))?.Status != HttpStatusCode.Created)
                    {
                        return false;
                    }
                }

                return true;
            },
            s_patience,
            () => cluster.Output);
    }

    [PostgresFact]
    [Trait("spec", "engine/5.9")]
    [Trait("spec", "engine/3.4")]
    public async Task A_node_that_was_stopped_beyond_its_time_to_live_gives_no_stale_answer_when_it_goes_on()
    {
        var cluster = nodes.Cluster;
        await cluster.SpreadAsync();
        using var stopped = cluster.ClientOf(0, 2 * s_patience);
        var run = $"{Guid.NewGuid():N}";
        List<string> known = [.. Enumerable.Range(0, Objects).Select(n => $"known-{n}-{run}")];
        foreach (var name in known)
        {
            await cluster.DoAsync(HttpMethod.Post, "/v1/projects", Project(name));
        }

        // Some of these are under way inside it when it stops; the others wait at its door, and expect what is only written meanwhile: whoever
        // decides them by what was in memory before the stop answers 412.
        var storm = Enumerable.Range(0, Storm).Select(n => (Name: $"storm-{n}-{run}", Answer: CreateAsync(stopped, $"storm-{n}-{run}"))).ToList();
        cluster.Signal(0, "STOP");
        var late = known.Select(n => (Name: n, Answer: UpdateAsync(stopped, n, "late", "\"g2\""))).ToList();
        try
        {
            await Task.WhenAll(known.Select(n => Eventually.HoldsAsync(
                async () => (await UpdateAsync(cluster.Apis[1], n, "meanwhile"))?.Status == HttpStatusCode.OK, s_patience, () => cluster.Output)));
        }
        finally
        {
            cluster.Signal(0, "CONT");
        }

        var updated = await AnswersAsync(late);
        var created = await AnswersAsync(storm);
        await cluster.SpreadAsync();
        Dictionary<string, string> rows = [];
        await Eventually.HoldsAsync(
            async () => (rows = (await cluster.ListAsync("/v1/projects")).ToDictionary(p => (string)p["name"]!, p => (string)p["description"]!)).Count > 0,
            s_patience,
            () => cluster.Output);

        output.WriteLine($"waited at its door: {Counted(updated)}; under way: {Counted(created)}");
        updated.ShouldContain(u => u.Status != null, "it went on");
        foreach (var (name, status) in updated)
        {
            status.ShouldBeOneOf([null, HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable, HttpStatusCode.GatewayTimeout], name);
            AgreesWith(status, HttpStatusCode.OK, rows[name] == "late", name);
        }

        foreach (var (name, status) in created)
        {
            status.ShouldBeOneOf([null, HttpStatusCode.Created, HttpStatusCode.ServiceUnavailable, HttpStatusCode.GatewayTimeout], name);
            AgreesWith(status, HttpStatusCode.Created, rows.ContainsKey(name), name);
        }
    }

    // Done is there, certainly not done is not there; of the rest nothing is known.
    private static void AgreesWith(HttpStatusCode? status, HttpStatusCode done, bool isThere, string name)
    {
        if (status == done || status == HttpStatusCode.ServiceUnavailable)
        {
            isThere.ShouldBe(status == done, $"{name}: {status}");
        }
    }

    private static async Task<List<(string Name, HttpStatusCode? Status)>> AnswersAsync(
        List<(string Name, Task<(HttpStatusCode Status, JsonNode? Body)?> Answer)> asked)
    {
        await Task.WhenAll(asked.Select(a => a.Answer));
        return [.. asked.Select(a => (a.Name, a.Answer.Result?.Status))];
    }

    private static string Counted(List<(string Name, HttpStatusCode? Status)> answers) =>
        string.Join(", ", answers.GroupBy(a => a.Status).Select(g => $"{g.Count()} {g.Key?.ToString() ?? "no answer"}"));

    private static Task<(HttpStatusCode Status, JsonNode? Body)?> CreateAsync(ApiUnderTest api, string name) =>
        api.TryAsync(HttpMethod.Post, "/v1/projects", Project(name));

    private static Task<(HttpStatusCode Status, JsonNode? Body)?> UpdateAsync(ApiUnderTest api, string name, string description, string? ifMatch = null) =>
        api.TryAsync(HttpMethod.Put, $"/v1/projects/{name}", new JsonObject { ["description"] = description }, ifMatch: ifMatch);

    private static JsonObject Project(string name) => new() { ["name"] = name, ["description"] = "" };

    // A name is an entity of some node; one in three is at the node itself.
    private static async Task<string> UnreachableAsync(ClusterUnderTest cluster)
    {
        string? told = null;
        await Eventually.HoldsAsync(
            async () => (told = (await TryProjectAsync(cluster, 0, $"cut-{Guid.NewGuid():N}")) is { Status: HttpStatusCode.ServiceUnavailable, Body: { } body }
                ? body.ToJsonString()
                : null)?.Contains("OwnerUnreachable", StringComparison.Ordinal) == true,
            s_patience,
            () => told ?? cluster.Output);
        return told!; // the condition held
    }

    // Right after the start a shard may be between two owners.
    private static Task ProjectAsync(ClusterUnderTest cluster, int node, string name) => Eventually.HoldsAsync(
        async () => (await TryProjectAsync(cluster, node, $"{name}-{Guid.NewGuid():N}"))?.Status == HttpStatusCode.Created,
        s_patience,
        () => cluster.Output);

    private static Task<(HttpStatusCode Status, JsonNode? Body)?> TryProjectAsync(ClusterUnderTest cluster, int node, string name) =>
        cluster.Apis[node].TryAsync(HttpMethod.Post, "/v1/projects", Project(name));

    /// <summary>One cluster for all tests of the class.</summary>
    public sealed class Nodes : IAsyncLifetime
    {
        private ClusterUnderTest? _cluster;

        internal ClusterUnderTest Cluster => _cluster ?? throw new InvalidOperationException(TemporaryPostgres.WhyNot);

        public async Task InitializeAsync() =>
            _cluster = TemporaryPostgres.WhyNot is null ? await ClusterUnderTest.StartAsync(sleds: 1, hasCertificates: true) : null;

        public async Task DisposeAsync() => await (_cluster?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}
