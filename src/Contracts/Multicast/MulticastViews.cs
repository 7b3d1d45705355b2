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
