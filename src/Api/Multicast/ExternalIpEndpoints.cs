using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Multicast;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>External IPs of instances: list them, attach and detach an ephemeral one.</summary>
internal static class ExternalIpEndpoints
{
    private const string Tag = "instances";
    private const string Root = "/v1/instances/{instance}/external-ips";

    public static void Map(ApiRoutes api)
    {
        Scoped(api.Get(Root, "instance_external_ip_list", Tag, "List external IP addresses of instance"))
            .OnProject(Rank.Viewer)
            .Answers(200, ExternalIpApiJson.Default.ExternalIpPage)
            .Handle((call, ct) => WithInstanceAsync(call, Rank.Viewer, instance => ListAsync(call, instance, ct), ct));
        Scoped(api.Post($"{Root}/ephemeral", "instance_ephemeral_ip_attach", Tag, "Allocate and attach ephemeral IP to instance"))
            .OnProject(Rank.Operator)
            .Body(ExternalIpApiJson.Default.EphemeralIpBody)
            .Example("""{"pool_selector":{"type":"auto"}}""")
            .Answers(202, ExternalIpApiJson.Default.ExternalIpAnswer)
            .Handle((call, ct) => WithInstanceAsync(call, Rank.Operator, instance => AttachAsync(call, instance, ct), ct));
        Scoped(api.Delete($"{Root}/ephemeral", "instance_ephemeral_ip_detach", Tag, "Detach and deallocate ephemeral IP of instance"))
            .OnProject(Rank.Operator)
            .Query("ip_version", "which of two: v4 or v6", isRequired: false, "v4", "v6")
            .Answers(204)
            .Handle((call, ct) => WithInstanceAsync(call, Rank.Operator, instance => DetachAsync(call, instance, ct), ct));
    }

    private static OperationBuilder Scoped(OperationBuilder operation) =>
        operation.Query(FoundInstance.ProjectQuery, "name or id of the project; needed with a name, not allowed with an id");

    private static async ValueTask<IResult> WithInstanceAsync(
        ApiCall call, Rank needed, Func<InstanceRow, ValueTask<IResult>> then, CancellationToken ct)
    {
        var found = await FoundInstance.OfAsync(call, needed, ct).ConfigureAwait(false);
        return found.Row is { } row ? await then(row).ConfigureAwait(false) : found.Failure!; // no row means a failure
    }

    // At most 32, so one page, as in Nexus.
    private static async ValueTask<IResult> ListAsync(ApiCall call, InstanceRow instance, CancellationToken ct)
    {
        var snapshot = await call.Views.SnapshotAsync(ct).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            var attached = await snapshot.ListAsync(
                new ViewQuery<InstanceExternalIpRow>(InstanceExternalIpViews.InstanceExternalIps).WhereEqual("instance", instance.Id.ToString()), ct)
                .ConfigureAwait(false);
            var items = new List<ExternalIpAnswer>();
            foreach (var ip in attached.Select(a => a.Row).OrderBy(r => r.IsFloating).ThenBy(r => r.Address, StringComparer.Ordinal))
            {
                if (!ip.IsFloating)
                {
                    items.Add(ExternalIpMaps.Ephemeral(ip.Address, ip.Pool));
                }
                else if (await snapshot.GetAsync(FloatingIpViews.FloatingIps, ip.Id.ToString(), ct).ConfigureAwait(false) is { } floating)
                {
                    items.Add(ExternalIpMaps.Attached(floating.Row, instance.Id));
                }
            }

            return call.Ok(new Page<ExternalIpAnswer> { Items = items }, ExternalIpApiJson.Default.ExternalIpPage);
        }
    }

    private static async ValueTask<IResult> AttachAsync(ApiCall call, InstanceRow instance, CancellationToken ct)
    {
        if (ExternalIpMaps.Read(call.Body<EphemeralIpBody>().PoolSelector, out var choice) is { } malformed)
        {
            return call.Refuse(malformed);
        }

        var outcome = await call.Service<ExternalIpService>().AttachEphemeralAsync(
            new ExternalIpId(call.NewId()), instance.Silo, instance.Id, choice, part => call.Ask(part), ct).ConfigureAwait(false);
        return call.Answer(outcome, ip => call.Accepted(
            ExternalIpMaps.Ephemeral(ip.Address.ToString(), ip.Pool), ExternalIpApiJson.Default.ExternalIpAnswer));
    }

    private static async ValueTask<IResult> DetachAsync(ApiCall call, InstanceRow instance, CancellationToken ct)
    {
        var version = call.Query.TryGetValue("ip_version", out var word) ? IpVersions.TryParse(word) : null;
        var outcome = await call.Service<ExternalIpService>().DetachEphemeralAsync(
            instance.Id, version, part => call.Ask(part), ct).ConfigureAwait(false);
        return call.Answer(outcome, _ => call.NoContent());
    }
}
