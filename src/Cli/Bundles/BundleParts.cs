using System.Text.Json;
using System.Text.Json.Nodes;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary>One file of a support bundle.</summary>
/// <param name="Name">Its name, without ending.</param>
/// <param name="ReadAsync">Asks for what is in it.</param>
internal sealed record BundlePart(string Name, Func<Session, CancellationToken, Task<JsonNode?>> ReadAsync);

/// <summary>
/// What whoever helps wants to see first. All of it is what the caller may read anyway, by the public API and the palette: a bundle shows
/// nobody more than the commands do.
/// </summary>
internal static class BundleParts
{
    /// <summary>Rows of a list at most.</summary>
    public const int RowsMax = 5_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public static IReadOnlyList<BundlePart> All { get; } =
    [
        One("ready", "/health/ready"),
        One("limits", "/v1/limits"),
        List("racks", RackCommands.Path),
        List("sleds", SledCommands.Path),
        List("switches", SwitchCommands.Path),
        List("vmms", VmmCommands.Path),
        List("groups", GroupCommands.Path),
        List("pools", PoolCommands.Path),
        List("operations", OperationCommands.Path),
        OfEach("instances", "/v1/projects", project => $"{InstanceCommands.Path}?project={project.Text("id")}"),
        OfEach("quorum", RackCommands.Path, rack => $"{RackCommands.Path}/{rack.Text("id")}/membership/progress"),
        OfEach("trees", GroupCommands.Path, group => $"{GroupCommands.Path}/{group.Text("id")}/tree"),
        One("reconciler-multicast", "/v1/system/multicast-reconciler"),
        One("events", "/v1/events?limit=1000"),
        Palette("cluster", "show"),
        Palette("shard", "map"),
        Palette("reconciler", "list"),
        Palette("entity", "quarantined"),
        Palette("entity", "suspects"),
        Palette("mail", "list"),
        Palette("saga", "list"),
        Palette("store", "show"),
        Palette("audit", "list"),
    ];

    private static BundlePart One(string name, string path) => new(name, async (s, ct) =>
        BundleSecrets.Without((await s.Client.GetAsync(path, ct).ConfigureAwait(false)).Body));

    private static BundlePart List(string name, string path) => new(name, async (s, ct) => await ListAsync(s, path, ct).ConfigureAwait(false));

    // A path that is a list, or one object, asked for each object of another list; by the id of that.
    private static BundlePart OfEach(string name, string parents, Func<JsonElement, string> path) => new(name, async (s, ct) =>
    {
        var all = new JsonObject();
        foreach (var parent in await s.ListAllAsync(parents, ct).ConfigureAwait(false))
        {
            all[parent.Text("id")] = path(parent).Contains('?', StringComparison.Ordinal)
                ? await ListAsync(s, path(parent), ct).ConfigureAwait(false)
                : await MaybeAsync(s, path(parent), ct).ConfigureAwait(false);
        }

        return all;
    });

    private static BundlePart Palette(string noun, string verb) => new($"{noun}-{verb}", async (s, ct) =>
    {
        using var client = ServedPalette.ClientOf(s, s_patience);
        var answer = await client.PostAsync($"/admin/palette/{noun}/{verb}", new JsonObject { ["arguments"] = new JsonObject() }, ct).ConfigureAwait(false);
        return BundleSecrets.Without(answer.Body);
    });

    private static async Task<JsonArray> ListAsync(Session session, string path, CancellationToken ct)
    {
        var rows = new JsonArray();
        await foreach (var row in session.Client.ListAsync(path, ct).ConfigureAwait(false))
        {
            rows.Add(BundleSecrets.Without(row));
            if (rows.Count == RowsMax)
            {
                break;
            }
        }

        return rows;
    }

    // A rack without a quorum has nothing under this path.
    private static async Task<JsonNode?> MaybeAsync(Session session, string path, CancellationToken ct)
    {
        try
        {
            return BundleSecrets.Without((await session.Client.GetAsync(path, ct).ConfigureAwait(false)).Body);
        }
        catch (GantryException e) when (e.Problem.Status == 404)
        {
            return null;
        }
    }
}
