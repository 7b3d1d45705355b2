using Gantry.Actors;
using Gantry.Hosting;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>
/// <c>GET /v1/events</c>: what happened, newest first asked for and oldest first told, from the journal; then what comes, page after page. Only
/// that it happened: what an event holds may be for fewer eyes, and <c>gantry entity events</c> shows it to admins.
/// </summary>
internal static class EventEndpoints
{
    private const string Kind = "kind";
    private const string Object = "object";
    private const string After = "after";
    private const string Routine = "routine";
    private const string Wait = "wait_ms";
    private const int LimitDefault = 100;
    private const int LimitMax = 1_000;
    private const long WaitMsMax = 30_000;

    // What commits together is told together: after the first event that is wanted, so long for more.
    private static readonly TimeSpan s_gather = TimeSpan.FromMilliseconds(100);

    public static void Map(ApiRoutes api) =>
        api.Get("/v1/events", "event_list", "system/status", "List what happened lately, or since an earlier answer, oldest first")
            .Fleet(Rank.Viewer)
            .Query(Kind, "only those of objects of a kind, for example sled")
            .Query(Object, "only those of one object, by the id that its events show")
            .Query(Routine, "false leaves out those that only say that a device was looked at", isRequired: false, "true", "false")
            .Query(QueryReader.Limit, $"how many at the most; default {LimitDefault}. Without after: that many of the newest {LimitMax} of the journal", 1, LimitMax)
            .Query(After, "resume of an earlier answer: only what came since", WatchLimits.ResumeLengthMax)
            .Query(Wait, "with after: milliseconds to wait for the first event", 0, WaitMsMax)
            .Fails(410, "Gone", "WatchExpired: after is too old; list again without")
            .WaitsForSled()
            .Answers(200, EventJson.Default.EventList)
            .Handle(ListAsync);

    private static async ValueTask<IResult> ListAsync(ApiCall call, CancellationToken ct)
    {
        var limit = (int)(call.QueryNumber(QueryReader.Limit) ?? LimitDefault);
        var now = await call.Service<IEventFeed>().NowAsync(ct).ConfigureAwait(false);
        if (!call.Query.TryGetValue(After, out var text))
        {
            var newest = await call.Service<IStoreAdmin>().TailAsync(LimitMax, ct).ConfigureAwait(false);
            var wanted = newest.Select(EventAnswer.Of).Where(e => IsWanted(call, e)).ToList();
            return Answer(call, wanted.Where(e => !IsLeftOut(call, e)).TakeLast(limit), now, wanted.Count(e => IsLeftOut(call, e)));
        }

        if (WatchResume.Read(text) is not { } resume || !resume.IsGood(now, call.Clock.GetUtcNow()))
        {
            return call.Refuse(new Refusal(
                RefusalKind.Gone, ApiErrors.WatchExpired, "after is too old, or not one of this system", "list again without after, and go on from there"));
        }

        // One who waits is one who watches, and counts as such.
        using var place = call.Service<WatchHub>().Enter(call.Caller.User, out var full);
        return place is null
            ? WatchHub.Full(full!) // no place means full
            : await FollowAsync(call, resume.Position, limit, ct).ConfigureAwait(false);
    }

    private static async ValueTask<IResult> FollowAsync(ApiCall call, FeedPosition from, int limit, CancellationToken ct)
    {
        var wait = TimeSpan.FromMilliseconds(call.QueryNumber(Wait) ?? 0) + s_gather;
        using var late = new CancellationTokenSource(wait, call.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, ct);
        var events = new List<EventAnswer>();
        try
        {
            await foreach (var happened in call.Service<IEventFeed>().FollowAsync(from, either.Token).ConfigureAwait(false))
            {
                from = happened.Resume;
                if (EventAnswer.Of(happened) is var told && IsWanted(call, told) && !IsLeftOut(call, told))
                {
                    events.Add(told);
                }

                if (events.Count == limit)
                {
                    break;
                }

                if (events.Count == 1)
                {
                    late.CancelAfter(s_gather);
                }
            }
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            // The time is over: what came is told.
        }

        return Answer(call, events, from);
    }

    private static bool IsWanted(ApiCall call, EventAnswer told) =>
        !told.Kind.EndsWith(IWriteAudit.KindSuffix, StringComparison.Ordinal)
        && (!call.Query.TryGetValue(Kind, out var kind) || told.Kind == kind) && (!call.Query.TryGetValue(Object, out var id) || told.Object == id);

    private static bool IsLeftOut(ApiCall call, EventAnswer told) => told.IsRoutine && call.Query.TryGetValue(Routine, out var routine) && routine == "false";

    private static IResult Answer(ApiCall call, IEnumerable<EventAnswer> events, FeedPosition position, int leftOut = 0) => call.Ok(
        new EventList([.. events], new WatchResume(position, [], call.Clock.GetUtcNow()).Write()) { RoutineLeftOut = leftOut > 0 ? leftOut : null },
        EventJson.Default.EventList);
}
