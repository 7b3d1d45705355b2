using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Inventory;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>The hand-off of rack setup (vmm-sled-rack 1.9): the rack with its subnet, and the quorum that its sleds formed.</summary>
internal static class RackSetupEndpoints
{
    public static void Map(ApiRoutes api) =>
        api.Put($"{QuorumEndpoints.Root}/initialization-complete", "rack_initialization_complete", QuorumEndpoints.Tag, "Take over a rack from rack setup")
            .Fleet(Rank.Admin).Hidden()
            .Body(QuorumApiJson.Default.RackInitializationBody)
            .Example("{\"rack_subnet\": \"fd00:1122:3344:100::/56\", \"initial_trust_quorum_configuration\": null}")
            .Answers(204)
            .Fails(409, "Conflict", "the rack was taken over with other content")
            .Handle(CompleteAsync);

    private static async ValueTask<IResult> CompleteAsync(ApiCall call, CancellationToken ct)
    {
        var body = call.Body<RackInitializationBody>();
        RackCreated? created = null;
        if (body.InitialTrustQuorumConfiguration is { } config)
        {
            var (members, why) = QuorumRequests.Sleds(config.Members);
            var (coordinator, whyNot) = QuorumRequests.Sleds([config.Coordinator]);
            if ((why ?? whyNot) is { } refusal)
            {
                return call.Refuse(refusal);
            }

            created = new RackCreated(members, coordinator[0]);
        }

        var declared = await call.Entities.AskAsync(
            Addresses.Rack(call.Rack()), new DeclareRack(body.RackSubnet), call.Ask("rack") with { ExpectedGeneration = null }, ct).ConfigureAwait(false);
        if (declared is not Outcome<Done>.Accepted || created is null)
        {
            return call.Answer(declared, _ => call.NoContent());
        }

        var formed = await call.Entities.AskAsync(Addresses.TqConfig(call.Rack()), created, call.Ask("quorum"), ct).ConfigureAwait(false);
        return call.Answer(formed, _ => call.NoContent());
    }
}
