using System.Text.Json.Serialization;
using Gantry.Actors;

namespace Gantry.Tenancy;

/// <summary>Wire forms of the area.</summary>
internal static class TenancyWire
{
    public static WireSet Set { get; } = WireSet.Of(TenancyJson.Default, typeof(TenancyWire).Assembly);
}

/// <summary>Writes the records of the area.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SiloState))]
[JsonSerializable(typeof(SiloCreated))]
[JsonSerializable(typeof(SiloQuotaSet))]
[JsonSerializable(typeof(SiloDeleted))]
[JsonSerializable(typeof(SiloQuotaCharged))]
[JsonSerializable(typeof(SiloQuotaReleased))]
[JsonSerializable(typeof(ProjectState))]
[JsonSerializable(typeof(ProjectCreated))]
[JsonSerializable(typeof(ProjectUpdated))]
[JsonSerializable(typeof(ProjectDeleted))]
[JsonSerializable(typeof(HoldingNoted))]
[JsonSerializable(typeof(InstanceAdmitted))]
[JsonSerializable(typeof(InstanceDismissed))]
[JsonSerializable(typeof(ProjectQuotaCharged))]
[JsonSerializable(typeof(ProjectQuotaReleased))]
[JsonSerializable(typeof(UserState))]
[JsonSerializable(typeof(UserCreated))]
[JsonSerializable(typeof(FleetRoleSet))]
[JsonSerializable(typeof(SiloRoleSet))]
[JsonSerializable(typeof(ProjectRoleSet))]
[JsonSerializable(typeof(TokenAdded))]
[JsonSerializable(typeof(TokenRevoked))]
[JsonSerializable(typeof(UserDeleted))]
[JsonSerializable(typeof(AddToken))]
[JsonSerializable(typeof(AskStanding))]
[JsonSerializable(typeof(CreateProject))]
[JsonSerializable(typeof(CreateSilo))]
[JsonSerializable(typeof(CreateUser))]
[JsonSerializable(typeof(DeleteProject))]
[JsonSerializable(typeof(DeleteSilo))]
[JsonSerializable(typeof(DeleteUser))]
[JsonSerializable(typeof(RevokeAllTokens))]
[JsonSerializable(typeof(RevokeToken))]
[JsonSerializable(typeof(SetFleetRole))]
[JsonSerializable(typeof(SetProjectRole))]
[JsonSerializable(typeof(SetSiloQuota))]
[JsonSerializable(typeof(SetSiloRole))]
[JsonSerializable(typeof(UpdateProject))]
internal sealed partial class TenancyJson : JsonSerializerContext;
