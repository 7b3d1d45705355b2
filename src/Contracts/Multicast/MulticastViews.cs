using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Contracts;

/// <summary>One membership as the sled registration body needs it (multicast 8.1): key <c>&lt;instance id&gt;.&lt;group id&gt;</c>.</summary>
public sealed record InstanceMulticastRow(
    InstanceId Instance, GroupId Group, string GroupAddress, ImmutableArray<string> Sources);

/// <summary>Views of Multicast that others read.</summary>
public static class InstanceMulticastViews
{
    /// <summary>Live memberships by instance and group. Written by the group entity.</summary>
    public static readonly ViewSchema<InstanceMulticastRow> InstanceMulticast = new(
        "instance_multicast",
        ContractsJson.Default.InstanceMulticastRow,
        ViewColumn<InstanceMulticastRow>.Text("instance", r => r.Instance.ToString()));
}

/// <summary>One external IP address of an instance: key <c>&lt;instance id&gt;.&lt;external IP id&gt;</c>.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Id">The address as an object.</param>
/// <param name="IsFloating">A floating IP, which outlives the attachment; else ephemeral.</param>
/// <param name="Address">The address.</param>
/// <param name="Pool">The pool that it is from.</param>
public sealed record InstanceExternalIpRow(InstanceId Instance, ExternalIpId Id, bool IsFloating, string Address, PoolId Pool);

/// <summary>View of external IP addresses that others read.</summary>
public static class InstanceExternalIpViews
{
    /// <summary>Attached addresses by instance and address. Written by <see cref="Addresses.InstanceExternalIps"/>.</summary>
    public static readonly ViewSchema<InstanceExternalIpRow> InstanceExternalIps = new(
        "instance_external_ips",
        ContractsJson.Default.InstanceExternalIpRow,
        ViewColumn<InstanceExternalIpRow>.Text("instance", r => r.Instance.ToString()),
        ViewColumn<InstanceExternalIpRow>.Text("external_ip", r => r.Id.ToString()));

    /// <summary>The key of an address's row.</summary>
    public static string KeyOf(InstanceId instance, ExternalIpId id) => $"{instance}.{id}";
}
