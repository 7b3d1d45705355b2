using Gantry.Actors;
using Gantry.Node;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gantry.Chaos;

/// <summary>A node as it is shipped, with the chaos area beside the others and a way to ask its cells that keeps every kind of outcome apart.</summary>
internal static class ChaosNode
{
    public static async Task<int> RunAsync(string file, string devices)
    {
        var app = NodeHost.Build([file], [], builder =>
        {
            builder.Services.AddSingleton(ChaosArea.Module);
            builder.Services.AddSingleton<IReconciler>(s => new DeviceReconciler(s.GetRequiredService<IViews>(), new Uri($"http://127.0.0.1:{devices}")));
            builder.Logging.ClearProviders().AddSimpleConsole(o => o.TimestampFormat = "HH:mm:ss.fff ").SetMinimumLevel(LogLevel.Information)
                .AddFilter("Microsoft", LogLevel.Warning);
        });
        app.MapPost("/chaos", AskAsync);
        app.MapGet("/chaos", ListAsync);
        app.MapGet("/chaos/{cell}/ledger", LedgerAsync);
        app.MapGet("/chaos/shards", ShardsAsync);
        app.MapPost("/chaos/shards/{shard}/{node}", MoveAsync);
        await using (app)
        {
            await app.RunAsync();
            return 0;
        }
    }

    private static async Task AskAsync(HttpContext http)
    {
        var call = await http.Request.ReadFromJsonAsync(ChaosJson.Default.ChaosCall) ?? throw new BadHttpRequestException("no call");
        CellCommand command = call.Verb switch
        {
            "write" => new CellCommand.Write(call.Number),
            "add" => new CellCommand.Add(),
            "take" => new CellCommand.Take(call.Text ?? ""),
            "drop" => new CellCommand.Drop(call.Text ?? ""),
            "pay" => new CellCommand.Pay(call.Text ?? "", call.Number),
            _ => new CellCommand.Read(),
        };
        var outcome = await http.RequestServices.GetRequiredService<IEntities>().AskAsync(
            ChaosArea.Address(call.Cell),
            command,
            new AskOptions { Key = new CommandKey(call.Key), Deadline = TimeSpan.FromMilliseconds(call.DeadlineMs), Caller = Principal.Engine },
            CancellationToken.None);
        await http.Response.WriteAsJsonAsync(AnswerOf(outcome), ChaosJson.Default.ChaosAnswer);
    }

    private static async Task ListAsync(HttpContext http)
    {
        try
        {
            var rows = new List<ChaosRow>();
            await foreach (var row in http.RequestServices.GetRequiredService<IViews>()
                .AllAsync(new ViewQuery<CellRow>(ChaosArea.Cells), http.RequestAborted))
            {
                rows.Add(new ChaosRow(row.Key, row.Row.Value, row.Row.Writes));
            }

            await http.Response.WriteAsJsonAsync(rows, ChaosJson.Default.ListChaosRow);
        }
        catch (StoreUnavailableException)
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }

    // Of the journal itself, so that a payment that came twice cannot hide in a state.
    private static async Task LedgerAsync(HttpContext http, string cell)
    {
        var store = http.RequestServices.GetRequiredService<Actors.Storage.IActorStore>();
        var numbers = new List<long>();
        long after = 0;
        while (true)
        {
            var count = 0;
            await foreach (var row in store.HistoryAsync(ChaosArea.Address(cell), after, 1_000, http.RequestAborted))
            {
                (after, count) = (row.Sequence, count + 1);
                if (row.Tag == "chaos.received")
                {
                    numbers.Add(System.Text.Json.JsonDocument.Parse(row.Body).RootElement.GetProperty("number").GetInt64());
                }
            }

            if (count < 1_000)
            {
                break;
            }
        }

        await http.Response.WriteAsJsonAsync(numbers, ChaosJson.Default.ListInt64);
    }

    private static Task ShardsAsync(HttpContext http) => http.Response.WriteAsJsonAsync(
        [.. Admin(http).Show().Shards.Select(s => s.NodeId ?? "")], ChaosJson.Default.ListString);

    private static async Task MoveAsync(HttpContext http, int shard, string node)
    {
        var answer = await Admin(http).MoveAsync(new ShardId(shard), node, new AdminOrder(Principal.Engine), http.RequestAborted);
        http.Response.StatusCode = answer.IsDone ? StatusCodes.Status200OK : StatusCodes.Status409Conflict;
    }

    private static IClusterAdmin Admin(HttpContext http) => http.RequestServices.GetRequiredService<Actors.Runtime.ActorEngine>().ClusterAdmin;

    private static ChaosAnswer AnswerOf(Outcome<CellReply> outcome) => outcome switch
    {
        Outcome<CellReply>.Accepted accepted => new ChaosAnswer("accepted", accepted.Value, accepted.Revision, null),
        Outcome<CellReply>.Refused refused => new ChaosAnswer("refused", null, 0, refused.Why.Code),
        Outcome<CellReply>.Overloaded => new ChaosAnswer("overloaded", null, 0, null),
        Outcome<CellReply>.Unavailable => new ChaosAnswer("unavailable", null, 0, null),
        Outcome<CellReply>.Unknown unknown => new ChaosAnswer("unknown", null, 0, unknown.Reason),
        _ => new ChaosAnswer("unknown", null, 0, outcome.GetType().Name),
    };
}
