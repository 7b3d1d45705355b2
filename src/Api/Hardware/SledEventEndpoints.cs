using System.Text.Json.Serialization;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>What a sled went through lately: registration, policy, places, reservations; from its journal. Our own.</summary>
internal static class SledEventEndpoints
{
    private const int LinesMax = 100;
    private const int DetailMax = 400;

    public static void Map(ApiRoutes api) =>
        api.Get("/v1/system/hardware/sleds/{sled_id}/events", "sled_event_list", "system/hardware", "Latest events of a sled, oldest first")
            .Fleet(Rank.Viewer)
            .Answers(200, SledEventJson.Default.SledEventPage)
            .Handle(ListAsync);

    private static async ValueTask<IResult> ListAsync(ApiCall call, CancellationToken ct)
    {
        var id = call.PathId("sled_id").ToString();
        var sled = Addresses.Sled(new SledId(call.PathId("sled_id")));
        var journal = call.Service<IEntityAdmin>();
        if (await journal.ShowAsync(sled, ct).ConfigureAwait(false) is not { } card)
        {
            return call.NotFound("sled", id);
        }

        var lines = await journal.EventsAsync(sled, Math.Max(0, card.Revision - LinesMax), LinesMax, ct).ConfigureAwait(false);
        return call.Ok(
            new Page<SledEventAnswer> { Items = [.. lines.Select(l => new SledEventAnswer(l.At, EventAnswer.WordOf(l.Tag), Short(l.Body), l.Caller))] },
            SledEventJson.Default.SledEventPage);
    }

    private static string Short(string body) => body.Length <= DetailMax ? body : $"{body.AsSpan(0, DetailMax)}…";
}

/// <summary>One line of a sled's history.</summary>
internal sealed record SledEventAnswer(DateTimeOffset Time, string What, string Detail, string Caller);

/// <summary>Bodies of sled events.</summary>
[JsonSourceGenerationOptions(Converters = [typeof(UtcTimeConverter)], PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Page<SledEventAnswer>), TypeInfoPropertyName = "SledEventPage")]
internal sealed partial class SledEventJson : JsonSerializerContext;
