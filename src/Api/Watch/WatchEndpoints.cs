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
            .SignedIn()
            .Query("kinds", $"comma-separated, of {string.Join(", ", WatchKinds.All.Select(k => k.Name))}; default all you may see")
            .Query("resume", "resume of the last message seen, or the header Last-Event-ID; then no snapshot is sent", WatchLimits.ResumeLengthMax)
            .Fails(410, "Gone", "WatchExpired: the resume token is too old; list again")
            .Answers(200, "text/event-stream")
            .Stream()
            .Handle(OpenAsync);

    private static async ValueTask<IResult> OpenAsync(ApiCall call, CancellationToken ct)
    {
        var feed = call.Service<IEventFeed>();
        var now = await feed.NowAsync(ct).ConfigureAwait(false);
        WatchResume? resume = null;
        if (ResumeOf(call) is { } text)
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

        return new WatchStream(call, feed, kinds, resume?.Position ?? now, isResumed: resume is not null);
    }

    /// <summary>What a browser's EventSource sends by itself when it comes back counts like the parameter, which wins.</summary>
    private static string? ResumeOf(ApiCall call)
    {
        var last = call.Http.Request.Headers["Last-Event-ID"];
        return call.Query.GetValueOrDefault("resume") ?? (last.Count == 1 && last != "" ? last.ToString() : null);
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
