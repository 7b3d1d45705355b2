using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>A change of an instance's addresses that its VMM may not know of: key instance and address.</summary>
public sealed record IpChangeRow(InstanceId Instance, IpChange Change);

/// <summary>View written by instances' external addresses, for the reconciler that tells sleds.</summary>
public static class IpChangeViews
{
    /// <summary>Changes to be told, by instance.</summary>
    public static readonly ViewSchema<IpChangeRow> Changes = new(
        "external_ip_changes", MulticastJson.Default.IpChangeRow, ViewColumn<IpChangeRow>.Text("instance", r => r.Instance.ToString()));
}
