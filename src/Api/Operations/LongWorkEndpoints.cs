using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Long work of our own endpoints (operator-experience 5): what the view of sagas and the records of quorums say of it.</summary>
internal static class LongWorkEndpoints
{
    private const string Wait = "wait_ms";

    /// <summary>The longest that a request for one operation waits for news of it (operator-experience 5).</summary>
    private const long WaitMsMax = 30_000;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    private static readonly (string Saga, string Kind, string Target)[] s_kinds =
    [
        ("instance-migrate", "instance.migrate", "vmm"),
        ("sled-drain", "sled.drain", "sled"),
        ("sled-remove", "sled.remove", "sled"),
    ];

    private static readonly ImmutableArray<SortOrder> s_orders =
    [
        new("time_and_id_descending", null, Descending: true),
        new("time_and_id_ascending", null, Descending: false),
    ];

    public static void Map(ApiRoutes api)
    {
        api.Get("/v1/operations", "operation_list", "operations", "List long work of the last 30 days, by when it began")
            .Fleet(Rank.Viewer)
            .Paged(s_orders)
            .Answers(200, LongWorkJson.Default.LongWorkPage)
            .Handle(async (call, ct) => call.PageOf(
                await AllAsync(call, ct).ConfigureAwait(false),
                w => new ViewCursor(w.Started.UtcTicks, w.Id.ToString()),
                LongWorkJson.Default.LongWorkPage));
        api.Get("/v1/operations/{operation_id}", "operation_view", "operations", "Fetch long work")
            .Fleet(Rank.Viewer)
            .Query(Wait, "milliseconds to wait until it takes another step, meets another blocker or ends", 0, WaitMsMax)
            .WaitsForSled()
            .Answers(200, LongWorkJson.Default.LongWorkStarted)
            .Handle(ShowAsync);
        api.Post("/v1/operations/{operation_id}/cancel", "operation_cancel", "operations", "Give long work up, where it can be")
            .Fleet(Rank.Admin)
            .Answers(202, LongWorkJson.Default.LongWorkStarted)
            .Handle(CancelAsync);
    }

    /// <summary>How work that was just begun stands.</summary>
    public static async ValueTask<LongWork> OfAsync(ApiCall call, string saga, Guid key, string target, CancellationToken ct)
    {
        call.Http.Response.Headers["gantry-operation"] = key.ToString();
        var row = (await call.Views.GetAsync(SagaViews.Sagas, $"saga.{saga}/{key}", ct).ConfigureAwait(false))?.Row;
        var kind = s_kinds.First(k => k.Saga == saga).Kind;
        var now = call.Clock.GetUtcNow();
        return row is null
            ? new LongWork { Id = key, Kind = kind, Target = target, State = "queued", Step = "", StepNumber = 0, StepsTotal = 0, Blockers = [], Started = now, Updated = now }
            : Of(key, kind, target, row);
    }

    private static async ValueTask<IResult> ShowAsync(ApiCall call, CancellationToken ct)
    {
        var id = call.PathId("operation_id");
        if (await FindAsync(call, id, ct).ConfigureAwait(false) is not { } first)
        {
            return call.NotFound("operation", id.ToString());
        }

        var now = first;
        if (call.QueryNumber(Wait) is > 0 and { } wait && !first.IsEnded)
        {
            // One who waits is one who watches, and counts as such.
            using var place = call.Service<WatchHub>().Enter(call.Caller.User, out var full);
            if (place is null)
            {
                return WatchHub.Full(full!); // no place means full
            }

            now = await NewsAsync(call, first, TimeSpan.FromMilliseconds(wait), ct).ConfigureAwait(false);
        }

        return call.Ok(new LongWorkStarted(now), LongWorkJson.Default.LongWorkStarted);
    }

    private static async ValueTask<LongWork> NewsAsync(ApiCall call, LongWork first, TimeSpan wait, CancellationToken ct)
    {
        var began = call.Clock.GetTimestamp();
        var now = first;
        while (!now.IsEnded && !now.IsNewsAfter(first) && call.Clock.GetElapsedTime(began) < wait)
        {
            await Task.Delay(s_look, call.Clock, ct).ConfigureAwait(false);
            now = await FindAsync(call, first.Id, ct).ConfigureAwait(false) ?? now;
        }

        return now;
    }

    private static async ValueTask<LongWork?> FindAsync(ApiCall call, Guid id, CancellationToken ct)
    {
        foreach (var (saga, kind, target) in s_kinds)
        {
            if (await call.Views.GetAsync(SagaViews.Sagas, $"saga.{saga}/{id}", ct).ConfigureAwait(false) is { } found)
            {
                return Of(id, kind, $"{target}/{id}", found.Row);
            }
        }

        return await QuorumWork.FindAsync(call, id, ct).ConfigureAwait(false);
    }

    private static async ValueTask<List<LongWork>> AllAsync(ApiCall call, CancellationToken ct)
    {
        var all = new List<LongWork>();
        foreach (var (saga, kind, target) in s_kinds)
        {
            await foreach (var item in call.Views.AllAsync(new ViewQuery<SagaRow>(SagaViews.Sagas).WhereEqual("name", saga), ct).ConfigureAwait(false))
            {
                if (Guid.TryParse(item.Row.Key, out var id))
                {
                    all.Add(Of(id, kind, $"{target}/{id}", item.Row));
                }
            }
        }

        all.AddRange(await QuorumWork.SinceAsync(call, call.Clock.GetUtcNow() - SagaLimits.KeptFor, ct).ConfigureAwait(false));
        return all;
    }

    private static async ValueTask<IResult> CancelAsync(ApiCall call, CancellationToken ct)
    {
        var id = call.PathId("operation_id");
        foreach (var (saga, kind, _) in s_kinds)
        {
            if (await call.Views.GetAsync(SagaViews.Sagas, $"saga.{saga}/{id}", ct).ConfigureAwait(false) is { } found)
            {
                if (Of(id, kind, "", found.Row) is { IsEnded: true } ended)
                {
                    return call.Refuse(Ended(ended));
                }

                return call.Refuse(Refusal.Conflict("OperationNotCancellable", $"{kind} cannot be given up once it began", "wait for its end"));
            }
        }

        if (await QuorumWork.FindAsync(call, id, ct).ConfigureAwait(false) is { IsEnded: true } over)
        {
            return call.Refuse(Ended(over));
        }

        return await QuorumWork.CancelAsync(call, id, ct).ConfigureAwait(false) ?? call.NotFound("operation", id.ToString());
    }

    private static Refusal Ended(LongWork work) => Refusal.Conflict(
        "OperationEnded", $"{work.Kind} {work.Id} has ended: it {WordOf(work.State)} at {work.Updated.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}, so there is nothing left to give up",
        $"gantry op show {work.Id} tells how it went; what it did is undone by a change of its own");

    private static string WordOf(string state) => state == "cancelled" ? "was cancelled" : state;

    // Sagas that were written before they said what they are about have their own key instead.
    private static LongWork Of(Guid id, string kind, string target, SagaRow row) => new()
    {
        Id = id,
        Kind = kind,
        Target = row.Subject ?? target,
        State = row.State switch
        {
            "done" => "succeeded",
            "unwound" => "failed",
            _ => "running",
        },
        Step = row.Step,
        StepNumber = row.StepNumber,
        StepsTotal = row.StepsTotal,
        Blockers = row is { State: not "done", LastError: { } why } ? [why] : [],
        Started = row.Started,
        Updated = row.Since,
        Error = row.Why?.Message,
    };
}
