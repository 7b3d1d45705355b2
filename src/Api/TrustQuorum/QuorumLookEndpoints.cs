using System.Collections.Immutable;
using Gantry.TrustQuorum;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Our own ways to look at a quorum: a change as it runs, every epoch there was, every node as it says itself, the driver.</summary>
internal static class QuorumLookEndpoints
{
    public static void Map(ApiRoutes api)
    {
        api.Get($"{QuorumEndpoints.Root}/membership/progress", "rack_membership_progress", QuorumEndpoints.Tag, "A membership change as it runs")
            .Fleet(Rank.Viewer).Hidden()
            .Answers(200, QuorumApiJson.Default.QuorumProgressAnswer)
            .Handle(ProgressAsync);
        api.Get($"{QuorumEndpoints.Root}/membership/history", "rack_membership_history", QuorumEndpoints.Tag, "Every epoch of a rack")
            .Fleet(Rank.Viewer).Hidden()
            .Paged([new SortOrder("epoch_ascending", null, Descending: false), new SortOrder("epoch_descending", null, Descending: true)])
            .Answers(200, QuorumApiJson.Default.QuorumRecordPage)
            .Handle((call, ct) => call.PageAsync(
                QuorumService.HistoryOf(call.Rack()), record => DetailFor(call, record), QuorumApiJson.Default.QuorumRecordPage, ct));
        api.Get($"{QuorumEndpoints.Root}/membership/nodes", "rack_membership_nodes", QuorumEndpoints.Tag, "Every member's node as it says itself, asked now")
            .Fleet(Rank.Viewer).Hidden().WaitsForSled()
            .Answers(200, QuorumApiJson.Default.QuorumNodesAnswer)
            .Handle(NodesAsync);
        api.Get("/v1/system/trust-quorum-manager", "trust_quorum_manager_view", QuorumEndpoints.Tag, "What the last passes of the quorum driver did")
            .Fleet(Rank.Viewer)
            .Answers(200, QuorumApiJson.Default.QuorumDriverAnswer)
            .Handle(async (call, ct) =>
            {
                var (statuses, errors) = await call.Quorum().PassesAsync(null, ct).ConfigureAwait(false);
                return call.Ok(Driver(statuses, errors), QuorumApiJson.Default.QuorumDriverAnswer);
            });
    }

    // Sealed secrets and digests of shares are the detail that only admins get, here as on the paths of the drafts (trust-quorum 7.1).
    private static QuorumRecordAnswer DetailFor(ApiCall call, TqRecord record)
    {
        var detail = QuorumMaps.Detail(record);
        return call.Caller.Fleet is Rank.Admin ? detail : detail with
        {
            EncryptedRackSecrets = null,
            Members = new(detail.Members.Select(m => KeyValuePair.Create(m.Key, m.Value with { ShareDigest = null })), StringComparer.Ordinal),
        };
    }

    private static async ValueTask<IResult> ProgressAsync(ApiCall call, CancellationToken ct)
    {
        var quorum = call.Quorum();
        if (await quorum.StandingAsync(call.Rack(), ct).ConfigureAwait(false) is not { } standing)
        {
            return call.NotFound("rack membership", call.Rack().ToString());
        }

        var reach = await quorum.ReachAsync(standing.Latest, ct).ConfigureAwait(false);
        var online = standing.InForce is { } inForce
            ? (await quorum.ReachAsync(inForce, ct).ConfigureAwait(false)).Count(r => r.IsReachable)
            : 0;
        var (statuses, errors) = await quorum.PassesAsync(call.Rack(), ct).ConfigureAwait(false);
        var from = standing.Latest.LastCommittedEpoch is { } epoch
            ? (await quorum.FindAsync(call.Rack(), epoch, ct).ConfigureAwait(false))?.Record
            : null;
        return call.Ok(
            QuorumMaps.Progress(standing.Latest, standing.InForce, reach, online, standing.Generation, Driver(statuses, errors)) with
            {
                From = from is null ? null : QuorumMaps.Size(from),
            },
            QuorumApiJson.Default.QuorumProgressAnswer,
            standing.Generation);
    }

    private static async ValueTask<IResult> NodesAsync(ApiCall call, CancellationToken ct)
    {
        var quorum = call.Quorum();
        if (await quorum.FindAsync(call.Rack(), null, ct).ConfigureAwait(false) is not var (record, _))
        {
            return call.NotFound("rack membership", call.Rack().ToString());
        }

        var nodes = await quorum.NodesAsync(record, ct).ConfigureAwait(false);
        return call.Ok(
            new QuorumNodesAnswer(record.Rack.Value, record.Epoch, [.. nodes.Select(n => QuorumMaps.Node(n, call.Caller.Fleet is Rank.Admin))]), QuorumApiJson.Default.QuorumNodesAnswer);
    }

    private static QuorumDriverAnswer Driver(ImmutableArray<string> statuses, ImmutableArray<string> errors) =>
        new() { PerRackStatus = new QuorumDriverTexts(statuses, errors) };
}
