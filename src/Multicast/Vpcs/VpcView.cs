using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>A network.</summary>
public sealed record VpcRow(
    VpcId Id,
    SiloId Silo,
    ProjectId Project,
    string Name,
    string Description,
    string DnsName,
    int Vni,
    DateTimeOffset TimeCreated,
    DateTimeOffset TimeModified,
    long Generation);

/// <summary>View written by networks.</summary>
public static class VpcViews
{
    /// <summary>Networks by id.</summary>
    public static readonly ViewSchema<VpcRow> Vpcs = new(
        "vpcs",
        MulticastJson.Default.VpcRow,
        ViewColumn<VpcRow>.Text("name", r => r.Name),
        ViewColumn<VpcRow>.Text("project", r => r.Project.ToString()));

    internal static ImmutableArray<ViewOp> Project(EntityAddress self, VpcState before, VpcEvent fact, VpcState after) =>
        after.IsLive ? [Vpcs.Upsert(after.Id.ToString(), RowOf(after))] : [Vpcs.Delete(before.Id.ToString())];

    internal static VpcRow RowOf(VpcState s) => new(
        s.Id, s.Silo, s.Project, s.Name, s.Description, s.DnsName, s.Vni, s.TimeCreated, s.TimeModified, s.Generation);
}
