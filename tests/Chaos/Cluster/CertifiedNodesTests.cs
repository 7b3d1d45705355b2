using System.Net;
using System.Text.Json.Nodes;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Chaos;

/// <summary>Three node processes whose links are TLS under the cluster's own authority, and one of them that the others do not reach.</summary>
public sealed class CertifiedNodesTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [PostgresFact]
    [Trait("spec", "engine/10.5")]
    [Trait("spec", "engine/5.9")]
    public async Task Nodes_with_certificates_serve_as_one_and_over_a_cut_edge_a_client_is_told_the_owner()
    {
        await using var cluster = await ClusterUnderTest.StartAsync(sleds: 1, hasCertificates: true);

        // Whoever started first holds every shard until the others have settled.
        await Eventually.HoldsAsync(
            async () => (await Task.WhenAll(Enumerable.Range(0, ClusterUnderTest.NodeCount).Select(cluster.ClusterLineAsync)))
                .All(l => l.StartsWith("3 nodes up, ", StringComparison.Ordinal) && !l.StartsWith("3 nodes up, 0 of ", StringComparison.Ordinal)),
            s_patience,
            () => cluster.Output);

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
        cluster.Apis[node].TryAsync(HttpMethod.Post, "/v1/projects", new JsonObject { ["name"] = name, ["description"] = "" });
}
