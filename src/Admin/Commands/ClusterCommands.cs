using System.Text.Json.Nodes;
using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Hosting;

namespace Gantry.Admin;

/// <summary><c>cluster</c>, <c>node</c>, <c>shard</c> and <c>audit</c>: who is a member, who has what, and what an operator may do about it.</summary>
internal sealed class ClusterCommands(ActorEngine engine, NodeLife life, IStoreAdmin store, AuditTrail audit) : IPaletteSource
{
    private static readonly PaletteArgument s_node = new("node", "Name of the node as cluster show lists it.") { IsRequired = true };

    // The same orders by the words of an operator who thinks of the cluster (operator-experience 2.1).
    public IEnumerable<PaletteCommand> Commands() =>
    [
        .. Own(),
        .. Own().Where(c => c.Noun == "node").Select(c => c with { Noun = "cluster", Verb = c.Verb == "drain" ? "leave" : "down" }),
    ];

    private IEnumerable<PaletteCommand> Own() =>
    [
        new()
        {
            Noun = "cluster", Verb = "show", Help = "The nodes as the one that is asked sees them; exit 9 when an edge between two is cut.",
            Columns =
            [
                new("NODE", "node"), new("STATE", "state"), new("SHARDS", "shards"), new("LINK", "link_state"), new("UNREACHED", "unreachable"), new("URL", "public_url"),
                new("PHASE", "phase"), new("ENGINE", "engine"), new("STORE", "store"), new("REJOINS", "rejoins"), new("PASS", "last_pass", IsAge: true),
                new("VERSION", "version"),
            ],
            RunAsync = (_, _) => ValueTask.FromResult(Show()),
        },
        new()
        {
            Noun = "cluster", Verb = "finalize", Help = "Ends an upgrade: nodes write the newest forms, and new views are folded from the events; refused while a node reads less.",
            Grade = PaletteGrade.Disruptive,
            RunAsync = async (call, ct) => PaletteAnswer.Of(await engine.ClusterAdmin.FinalizeAsync(call.Order, ct).ConfigureAwait(false)),
        },
        new()
        {
            Noun = "node", Verb = "drain", Help = "A node gives its shards to the others and leaves; its gateway goes on until it is stopped.",
            Arguments = [s_node], Grade = PaletteGrade.Disruptive,
            RunAsync = async (call, ct) => PaletteAnswer.Of(await engine.ClusterAdmin.DrainAsync(call.Text("node"), call.Order, ct).ConfigureAwait(false)),
        },
        new()
        {
            Noun = "node", Verb = "forget", Help = "Declares a node dead that will not come back, so that nobody waits for it.",
            Arguments = [s_node], Grade = PaletteGrade.Disruptive,
            RunAsync = async (call, ct) => PaletteAnswer.Of(await engine.ClusterAdmin.ForgetAsync(call.Text("node"), call.Order, ct).ConfigureAwait(false)),
        },
        new()
        {
            Noun = "shard", Verb = "map", Help = "Who has which shard, and who should; of one node or all.",
            Arguments = [new("node", "Only those of this node.") { IsPlaced = true }],
            Columns =
            [
                new("SHARD", "shard"), new("NODE", "node"), new("EPOCH", "epoch"), new("PREFERRED", "preferred"), new("HERE", "standing"), new("LANE", "lane"),
            ],
            RunAsync = (call, _) => ValueTask.FromResult(PaletteAnswer.Of(engine.ClusterAdmin.Show().Shards
                .Where(s => call.TextOrNull("node") is not { } node || s.NodeId == node).Select(Row))),
        },
        new()
        {
            Noun = "shard", Verb = "move", Help = "Gives a shard to a node, which holds it against the balance until it drains or ends.",
            Arguments = [new("shard", "Its number.") { IsRequired = true, Bounds = (0, 4_095) }, s_node], Grade = PaletteGrade.Reversible,
            RunAsync = async (call, ct) => PaletteAnswer.Of(
                await engine.ClusterAdmin.MoveAsync(new ShardId(call.Number("shard", 0)), call.Text("node"), call.Order, ct).ConfigureAwait(false)),
        },
        new()
        {
            Noun = "audit", Verb = "list", Help = "Who changed or ordered what, by the API or the admin listener, newest first.", Arguments = [Args.Limit(50)],
            Columns =
            [
                new("AGE", "at", IsAge: true), new("CALLER", "caller"), new("FROM", "address"), new("COMMAND", "command"), new("ARGUMENTS", "arguments"),
                new("OUTCOME", "outcome"), new("GEN", "after"), new("REQUEST", "request"),
            ],
            RunAsync = async (call, ct) => PaletteAnswer.Of((await audit.ListAsync(call.Number("limit", 50), ct).ConfigureAwait(false)).Select(l => new JsonObject
            {
                ["at"] = Args.Time(l.At), ["caller"] = l.Caller, ["address"] = l.Address, ["command"] = l.Command, ["arguments"] = l.Arguments,
                ["outcome"] = l.Outcome, ["before"] = l.Before, ["after"] = l.After, ["request"] = l.Request,
            })),
        },
    ];

    // Of what this node knows, so that it answers when the store does not.
    private PaletteAnswer Show()
    {
        var card = store.Card;
        var report = engine.ClusterAdmin.Show();
        var rows = report.Members.Select(m => Row(m, report, card)).ToList();
        if (rows.Count == 0)
        {
            // It has no incarnation at the moment, so it is in nobody's list, its own included.
            rows.Add(Self(new JsonObject { ["node"] = report.NodeId, ["state"] = "out", ["shards"] = 0, ["link_state"] = "self" }, card));
        }

        return PaletteAnswer.Of(rows) with { IsDifference = report.Members.Any(m => !m.Unreachable.IsEmpty) };
    }

    private JsonObject Row(ClusterMemberCard member, ClusterReport report, StoreCard card)
    {
        var row = new JsonObject
        {
            ["node"] = member.NodeId, ["incarnation"] = member.Incarnation.ToString(), ["state"] = member.State.ToString().ToLowerInvariant(),
            ["shards"] = member.Shards, ["link_state"] = member.LinkState, ["link"] = member.Link, ["public_url"] = member.PublicUrl,
            ["unreachable"] = member.Unreachable.IsEmpty ? null : string.Join(' ', member.Unreachable), ["weight"] = member.Weight, ["zone"] = member.Zone,
            ["wire_level"] = member.WireLevel, ["beat"] = member.Beat, ["seen_by"] = report.NodeId, ["map_version"] = report.MapVersion,
            ["map_age_ms"] = report.Age is { } age ? (long)age.TotalMilliseconds : null,
        };
        return member.LinkState == "self" ? Self(row, card) : row;
    }

    // What only the node itself knows.
    private JsonObject Self(JsonObject row, StoreCard card)
    {
        row["phase"] = life.Phase.ToString().ToLowerInvariant();
        row["doing"] = life.Doing;
        row["engine"] = engine.State.ToString().ToLowerInvariant();
        row["store"] = card.Kind;
        row["cluster_id"] = card.ClusterId.ToString();
        row["rejoins"] = engine.Rejoins;
        row["last_pass"] = Args.Time(engine.LastPassAt);
        row["version"] = typeof(ClusterCommands).Assembly.GetName().Version?.ToString(3);
        return row;
    }

    private static JsonObject Row(ShardCard shard) => new()
    {
        ["shard"] = shard.Shard.Value, ["node"] = shard.NodeId, ["owner"] = shard.Owner?.ToString(), ["epoch"] = shard.Epoch,
        ["preferred"] = shard.PreferredNodeId, ["standing"] = shard.Standing, ["lane"] = shard.Lane,
    };
}
