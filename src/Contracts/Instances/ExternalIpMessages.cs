using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Contracts;

/// <summary>An external address that an instance is to be created with: a floating IP if one is named, else an ephemeral address.</summary>
/// <param name="FloatingIp">Name (in the instance's project) or id of a floating IP; null for an ephemeral address.</param>
/// <param name="Pool">Name or id of the pool of an ephemeral address; null for the default pool of the silo.</param>
/// <param name="IpVersion"><c>v4</c>, <c>v6</c> or null: which default pool.</param>
public sealed record ExternalIpWish(string? FloatingIp, string? Pool, string? IpVersion);

/// <summary>
/// Input of the activity <see cref="ExternalIpActivities.Attach"/>: attaches addresses to an instance that is being created, all of them or none.
/// </summary>
/// <param name="Instance">The instance.</param>
/// <param name="Silo">Its silo, whose pools may be used.</param>
/// <param name="Project">Its project, whose floating IPs may be used.</param>
/// <param name="Wishes">What is wanted, in order.</param>
/// <param name="Caller">On whose behalf.</param>
[Wire("external-ip.attach-for-instance")]
public sealed record AttachIpsForInstance(
    InstanceId Instance, SiloId Silo, ProjectId Project, ImmutableArray<ExternalIpWish> Wishes, Principal Caller);

/// <summary>The result of <see cref="AttachIpsForInstance"/>.</summary>
[Wire("external-ip.attached-for-instance")]
public sealed record AttachedIpsForInstance(ImmutableArray<ExternalIpId> Ids);

/// <summary>To an instance's external addresses: takes some back from a creation that unwinds. Not having them is fine.</summary>
[Wire("external-ip.take-back")]
public sealed record TakeBackExternalIps(ImmutableArray<ExternalIpId> Ids) : ICommand<Done>;

/// <summary>Activities that the owner of external addresses offers to the sagas of Instances.</summary>
public static class ExternalIpActivities
{
    /// <summary>Takes <see cref="AttachIpsForInstance"/>.</summary>
    public const string Attach = "external-ip-attach";
}
