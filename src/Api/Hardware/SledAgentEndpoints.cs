using System.Text.Json.Serialization;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Inventory;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Internal listener: how sled agents announce themselves (vmm-sled-rack 5.3).</summary>
internal static class SledAgentEndpoints
{
    private const string Tag = "sled-agents";

    public static void Map(ApiRoutes api)
    {
        api.Get("/sled-agents/{sled_id}", "sled_agent_get", Tag, "Return information about the given sled agent")
            .Answers(200, SledAgentJson.Default.SledAgentInfo)
            .Handle(GetAsync);
        api.Post("/sled-agents/{sled_id}", "sled_agent_put", Tag, "Report that the sled agent has come online")
            .Body(SledAgentJson.Default.SledAgentInfo)
            .Answers(204)
            .Handle(PutAsync);
    }

    private static async ValueTask<IResult> GetAsync(ApiCall call, CancellationToken ct)
    {
        var id = call.PathId("sled_id").ToString();
        return await call.Views.GetAsync(InventoryViews.Sleds, id, ct).ConfigureAwait(false) is { } sled
            ? call.Ok(Info(sled.Row), SledAgentJson.Default.SledAgentInfo)
            : call.NotFound("sled", id);
    }

    private static async ValueTask<IResult> PutAsync(ApiCall call, CancellationToken ct)
    {
        var info = call.Body<SledAgentInfo>();
        var announcement = new SledAnnouncement(
            new SledBaseboard(info.Baseboard.Serial, info.Baseboard.Part, info.Baseboard.Revision),
            new SledFacts
            {
                Address = info.SaAddress,
                RepoDepotPort = info.RepoDepotPort,
                Role = info.Role,
                HardwareThreads = info.UsableHardwareThreads,
                PhysicalRamBytes = info.UsablePhysicalRam,
                ReservoirBytes = info.ReservoirSize,
                CpuFamily = info.CpuFamily,
            },
            info.Generation);
        var outcome = await call.Service<SledRegistrar>()
            .RegisterAsync(new SledId(call.PathId("sled_id")), announcement, ct).ConfigureAwait(false);
        return call.Answer(outcome, _ => call.NoContent());
    }

    private static SledAgentInfo Info(SledRow row) => new()
    {
        SaAddress = row.Address,
        RepoDepotPort = (ushort)row.RepoDepotPort,
        Role = row.Role,
        Baseboard = new BaseboardBody { Serial = row.Serial, Part = row.Part, Revision = row.Revision },
        UsableHardwareThreads = row.HardwareThreads,
        UsablePhysicalRam = row.PhysicalRamBytes,
        ReservoirSize = row.ReservoirBytes,
        CpuFamily = row.CpuFamily,
        Generation = row.AgentGeneration,
        Decommissioned = row.State == "decommissioned",
    };
}

/// <summary>What a sled agent says of itself, and what is stored of it.</summary>
internal sealed record SledAgentInfo
{
    public required string SaAddress { get; init; }

    public required ushort RepoDepotPort { get; init; }

    public required string Role { get; init; }

    public required BaseboardBody Baseboard { get; init; }

    public required long UsableHardwareThreads { get; init; }

    public required long UsablePhysicalRam { get; init; }

    public required long ReservoirSize { get; init; }

    public required string CpuFamily { get; init; }

    public required long Generation { get; init; }

    /// <summary>Set by the control plane only; what an agent sends here has no effect.</summary>
    public required bool Decommissioned { get; init; }
}

/// <summary>Identity of a board in a body.</summary>
internal sealed record BaseboardBody
{
    public required string Serial { get; init; }

    public required string Part { get; init; }

    public required long Revision { get; init; }
}

/// <summary>Bodies of the sled agents' operations.</summary>
[JsonSourceGenerationOptions(Converters = [typeof(UtcTimeConverter)], PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(SledAgentInfo))]
internal sealed partial class SledAgentJson : JsonSerializerContext;
