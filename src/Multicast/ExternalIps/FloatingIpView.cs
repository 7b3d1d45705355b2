using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Multicast;

/// <summary>A floating IP.</summary>
public sealed record FloatingIpRow(
    ExternalIpId Id,
    SiloId Silo,
    ProjectId Project,
    string Name,
    string Description,
    Ip Address,
    PoolId Pool,
    DateTimeOffset TimeCreated,
    DateTimeOffset TimeModified,
    long Generation);

/// <summary>View written by floating IPs.</summary>
public static class FloatingIpViews
{
    /// <summary>Floating IPs by id.</summary>
    public static readonly ViewSchema<FloatingIpRow> FloatingIps = new(
        "floating_ips",
        MulticastJson.Default.FloatingIpRow,
        ViewColumn<FloatingIpRow>.Text("name", r => r.Name),
        ViewColumn<FloatingIpRow>.Text("project", r => r.Project.ToString()));

    internal static ImmutableArray<ViewOp> Project(
        EntityAddress self, FloatingIpState before, FloatingIpEvent fact, FloatingIpState after) => (before.Phase, after.Phase) switch
    {
        (_, FloatingIpPhase.Live) => [FloatingIps.Upsert(after.Id.ToString(), RowOf(after))],
        (FloatingIpPhase.Live, _) => [FloatingIps.Delete(before.Id.ToString())],
        _ => [],
    };

    internal static FloatingIpRow RowOf(FloatingIpState s) => new(
        s.Id, s.Silo, s.Project, s.Name, s.Description, s.Address, s.Pool, s.TimeCreated, s.TimeModified, s.Generation);
}
