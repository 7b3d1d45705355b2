using System.Text.Json.Serialization;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Instances;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>What an instance went through lately, with the rings of its sled and the pulls they caused. Our own.</summary>
internal static class InstanceEventEndpoints
{
    public static void Map(ApiRoutes api) =>
        api.Get("/v1/instances/{instance}/events", "instance_event_list", "instances", "Latest events of an instance, oldest first")
            .OnProject(Rank.Viewer)
            .Query(FoundInstance.ProjectQuery, "name or id of the project; needed with a name, not allowed with an id")
            .Answers(200, InstanceEventJson.Default.InstanceEventPage)
            .Handle(ListAsync);

    private static async ValueTask<IResult> ListAsync(ApiCall call, CancellationToken ct)
    {
        var found = await FoundInstance.OfAsync(call, Rank.Viewer, ct).ConfigureAwait(false);
        if (found.Row is not { } row)
        {
            return found.Failure!; // no row means a failure
        }

        var kept = await call.Views.ListAsync(
            new ViewQuery<InstanceEventRow>(InstanceViews.Events).WhereEqual("instance", row.Id.ToString()), ct).ConfigureAwait(false);
        var told = kept.Select(k => k.Row).OrderBy(k => k.Number)
            .Select(k => new InstanceEventAnswer(k.At, k.What, k.Detail, k.Vmm?.Value));
        var notes = await call.Service<TimelineNews>().OfAsync(row.Id, ct).ConfigureAwait(false);
        var seen = notes.Select(n => new InstanceEventAnswer(n.At, n.What, n.Times == 1 ? n.Detail : $"{n.Detail} ({n.Times} times)", n.Vmm.Value));
        return call.Ok(
            new Page<InstanceEventAnswer> { Items = [.. told.Concat(seen).OrderBy(e => e.Time)] }, InstanceEventJson.Default.InstanceEventPage);
    }
}

/// <summary>One line of an instance's history.</summary>
internal sealed record InstanceEventAnswer(DateTimeOffset Time, string What, string Detail, Guid? VmmId);

/// <summary>Bodies of instance events.</summary>
[JsonSourceGenerationOptions(
    Converters = [typeof(UtcTimeConverter)],
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Page<InstanceEventAnswer>), TypeInfoPropertyName = "InstanceEventPage")]
internal sealed partial class InstanceEventJson : JsonSerializerContext;
