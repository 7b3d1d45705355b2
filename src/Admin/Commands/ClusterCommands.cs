using System.Text.Json.Nodes;
using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Hosting;

namespace Gantry.Admin;

/// <summary><c>cluster show</c> and <c>audit list</c>.</summary>
internal sealed class ClusterCommands(ActorEngine engine, NodeLife life, IStoreAdmin store, AuditTrail audit) : IPaletteSource
{
    public IEnumerable<PaletteCommand> Commands() =>
    [
        new()
        {
            Noun = "cluster", Verb = "show", Help = "The nodes as this one sees them: one, on SQLite.",
            Columns =
            [
                new("NODE", "node"), new("PHASE", "phase"), new("ENGINE", "engine"), new("SHARDS", "shards"), new("STORE", "store"), new("REJOINS", "rejoins"),
                new("PASS", "last_pass", IsAge: true), new("VERSION", "version"),
            ],
            RunAsync = async (_, ct) =>
            {
                var card = await store.ShowAsync(ct).ConfigureAwait(false);
                return PaletteAnswer.Of([new JsonObject
                {
                    ["node"] = Environment.MachineName, ["phase"] = life.Phase.ToString().ToLowerInvariant(), ["doing"] = life.Doing,
                    ["engine"] = engine.State.ToString().ToLowerInvariant(), ["shards"] = card.Shards, ["store"] = card.Kind, ["cluster_id"] = card.ClusterId.ToString(),
                    ["rejoins"] = engine.Rejoins, ["last_pass"] = Args.Time(engine.LastPassAt),
                    ["version"] = typeof(ClusterCommands).Assembly.GetName().Version?.ToString(3),
                }]);
            },
        },
        new()
        {
            Noun = "audit", Verb = "list", Help = "Who ordered what on the admin listener, newest first.", Arguments = [Args.Limit(50)],
            Columns =
            [
                new("AGE", "at", IsAge: true), new("CALLER", "caller"), new("FROM", "address"), new("COMMAND", "command"), new("ARGUMENTS", "arguments"),
                new("OUTCOME", "outcome"), new("REQUEST", "request"),
            ],
            RunAsync = async (call, ct) => PaletteAnswer.Of((await audit.ListAsync(call.Number("limit", 50), ct).ConfigureAwait(false)).Select(l => new JsonObject
            {
                ["at"] = Args.Time(l.At), ["caller"] = l.Caller, ["address"] = l.Address, ["command"] = l.Command, ["arguments"] = l.Arguments,
                ["outcome"] = l.Outcome, ["request"] = l.Request,
            })),
        },
    ];
}
