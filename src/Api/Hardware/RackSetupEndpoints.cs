using System.Text.Json.Serialization;
using Gantry.Contracts;
using Gantry.Inventory;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Admin listener: rack setup hands a rack off (vmm-sled-rack 1.9).</summary>
internal static class RackSetupEndpoints
{
    public static void Map(ApiRoutes api) =>
        api.Put("/racks/{rack_id}/initialization-complete", "rack_initialization_complete", "system/hardware", "Report that rack setup is complete")
            .Fleet(Rank.Admin)
            .Body(RackSetupJson.Default.RackInitialization)
            .Answers(204)
            .Fails(409, "Conflict", "the rack was handed off with other content")
            .Handle(CompleteAsync);

    private static async ValueTask<IResult> CompleteAsync(ApiCall call, CancellationToken ct)
    {
        var body = call.Body<RackInitialization>();
        var quorum = body.InitialTrustQuorumConfiguration is { } first ? new RackCreated([.. first.Members], first.Coordinator) : null;
        var outcome = await call.Entities.AskAsync(
            Addresses.Rack(RackId.From(call.PathId("rack_id"))), new FoundRack(body.RackSubnet, quorum), call.Ask(), ct).ConfigureAwait(false);
        return call.Answer(outcome, _ => call.NoContent());
    }
}

/// <summary>What rack setup hands off.</summary>
internal sealed record RackInitialization
{
    /// <summary>An IPv6 /56.</summary>
    public required string RackSubnet { get; init; }

    public FirstQuorum? InitialTrustQuorumConfiguration { get; init; }
}

/// <summary>The first quorum: epoch 1.</summary>
internal sealed record FirstQuorum
{
    public required IReadOnlyList<BaseboardId> Members { get; init; }

    public required BaseboardId Coordinator { get; init; }
}

/// <summary>Bodies of rack setup.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RackInitialization))]
internal sealed partial class RackSetupJson : JsonSerializerContext;
