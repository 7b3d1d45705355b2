using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary><c>GET /v1/watch</c>: snapshot, then changes as they commit.</summary>
internal static class WatchEndpoints
{
    public static void Map(ApiRoutes api) =>
        api.Get("/v1/watch", "watch", "system/status", "Watch objects: snapshot, then changes, as server-sent events or NDJSON")
            .Query("kinds", $"comma-separated, of {string.Join(", ", WatchKinds.All.Select(k => k.Name))}; default all you may see")
            .Query("resume", "resume of the last message seen; then no snapshot is sent", WatchLimits.ResumeLengthMax)
            .Answers(200, "text/event-stream")
            .Stream()
            .Handle(OpenAsync);

    private static async ValueTask<IResult> OpenAsync(ApiCall call, CancellationToken ct)
    {
        var feed = call.Service<IEventFeed>();
        var now = await feed.NowAsync(ct).ConfigureAwait(false);
        WatchResume? resume = null;
        if (call.Query.TryGetValue("resume", out var text))
        {
            resume = WatchResume.Read(text);
            if (resume is null || !resume.IsGood(now, call.Clock.GetUtcNow()))
            {
                return call.Refuse(new Refusal(
                    RefusalKind.Gone,
                    ApiErrors.WatchExpired,
                    "the resume token is too old, or not one of this system",
                    "watch again without resume: a fresh snapshot comes first"));
            }
        }

        var (kinds, refusal) = KindsOf(call, resume);
        if (refusal is not null)
        {
            return call.Refuse(refusal);
        }

        // Taken over by the result, which gives it back at the end of the stream.
#pragma warning disable CA2000
        var place = call.Service<WatchHub>().Enter();
#pragma warning restore CA2000
        return place is null
            ? new FailureResult(OutcomeAnswers.Later(
                ApiErrors.Overloaded, $"{WatchLimits.WatchersMax} watches are open, which is the limit", TimeSpan.FromSeconds(5)))
            : new WatchStream(call, feed, kinds, resume?.Position ?? now, isResumed: resume is not null, place);
    }

    private static (ImmutableArray<WatchKind> Kinds, Refusal? Refusal) KindsOf(ApiCall call, WatchResume? resume)
    {
        var names = call.Query.TryGetValue("kinds", out var text) ? [.. text.Split(',')] : resume?.Kinds ?? [];
        if (names.IsEmpty)
        {
            return ([.. WatchKinds.All.Where(k => k.IsAllowed(call.Caller))], null);
        }

        var kinds = ImmutableArray.CreateBuilder<WatchKind>();
        foreach (var name in names.Distinct(StringComparer.Ordinal))
        {
            if (WatchKinds.All.FirstOrDefault(k => k.Name == name) is not { } kind)
            {
                return ([], Refusal.Invalid(
                    ApiErrors.MalformedQuery,
                    $"\"{(name.Length > 32 ? name[..32] : name)}\" is no kind that can be watched",
                    $"use {string.Join(", ", WatchKinds.All.Select(k => k.Name))}"));
            }

            if (!kind.IsAllowed(call.Caller))
            {
                return ([], ApiErrors.Forbidden(Ranks.FleetWord(Rank.Viewer), call.Caller.FleetRole));
            }

            kinds.Add(kind);
        }

        return (kinds.ToImmutable(), null);
    }
}
