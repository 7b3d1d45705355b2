using System.Collections.Immutable;
using System.Globalization;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;
using Gantry.Multicast;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>
/// Looks at one switch as it is now: ports, tables, how it stands, what differs; and a nudge to look at it again. All but the counters ask the
/// switch; one that does not answer is an answer too, with the reason in <c>error</c>.
/// </summary>
internal static class SwitchLookEndpoints
{
    private const string Tag = "system/hardware";
    private const string Root = "/v1/system/hardware/switches/{switch_id}";
    private const string Id = "switch_id";

    public static void Map(ApiRoutes api)
    {
        api.Get($"{Root}/ports", "switch_ports", Tag, "Read a switch's ports now, with what is plugged in")
            .Fleet(Rank.Viewer)
            .Answers(200, SwitchLookJson.Default.SwitchPortsAnswer)
            .Handle((call, ct) => WithSwitchAsync(call, row => PortsAsync(call, row, ct), ct));
        api.Get($"{Root}/tables", "switch_tables", Tag, "Read what a switch holds now and how full its tables are")
            .Fleet(Rank.Viewer)
            .Answers(200, SwitchLookJson.Default.SwitchTablesAnswer)
            .Handle((call, ct) => WithSwitchAsync(call, row => TablesAsync(call, row, ct), ct));
        api.Get($"{Root}/counters", "switch_counters", Tag, "How a switch answers and how its reconciler fares; asks no switch")
            .Fleet(Rank.Viewer)
            .Answers(200, SwitchLookJson.Default.SwitchCountersAnswer)
            .Handle((call, ct) => WithSwitchAsync(call, row => CountersAsync(call, row, ct), ct));
        api.Get($"{Root}/diff", "switch_diff", Tag, "Read a switch now and compare all of it with what it should hold")
            .Fleet(Rank.Viewer)
            .Answers(200, SwitchLookJson.Default.SwitchDiffAnswer)
            .Handle((call, ct) => WithSwitchAsync(call, row => DiffAsync(call, row, ct), ct));
        api.Post($"{Root}/reconcile", "switch_reconcile", Tag, "Look at a switch at once and repair what differs")
            .Fleet(Rank.Operator)
            .Answers(204)
            .Handle((call, ct) => WithSwitchAsync(call, row => ValueTask.FromResult(Reconcile(call, row)), ct));
    }

    private static async ValueTask<IResult> WithSwitchAsync(ApiCall call, Func<SwitchRow, ValueTask<IResult>> then, CancellationToken ct)
    {
        var id = call.PathId(Id).ToString();
        var query = new ViewQuery<SwitchRow>(InventoryViews.Switches).WhereEqual("id", id);
        return await call.Views.FirstAsync(query, ct).ConfigureAwait(false) is { } found
            ? await then(found.Row).ConfigureAwait(false)
            : call.NotFound("switch", id);
    }

    private static string KeyOf(SwitchRow row) => Addresses.SwitchKey(row.Rack, row.Slot);

    private static async ValueTask<IResult> PortsAsync(ApiCall call, SwitchRow row, CancellationToken ct)
    {
        var port = call.Service<ISwitchPorts>().For(KeyOf(row), new Uri(row.Address));
        var mapped = await port.BackplaneMapAsync(ct).ConfigureAwait(false);
        if (mapped is not DeviceOutcome<ImmutableDictionary<string, BackplaneLink>>.Answered { Value: var rear })
        {
            return Answer(mapped.Describe(), []);
        }

        var listed = await port.ListGroupsAsync(ct).ConfigureAwait(false);
        if (listed is not DeviceOutcome<ImmutableArray<SwitchGroup>>.Answered { Value: var groups })
        {
            return Answer(listed.Describe(), []);
        }

        var uses = groups.SelectMany(g => g.Members.Select(m => m.PortId).Distinct(StringComparer.Ordinal))
            .GroupBy(p => p, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        var places = await call.Views.ListAsync(new ViewQuery<SledPortRow>(InventoryViews.SledPorts), ct).ConfigureAwait(false);
        var sleds = places.Where(p => p.Row.Rack == row.Rack).ToLookup(p => p.Row.RearPort, p => (SledId?)p.Row.Sled, StringComparer.Ordinal);
        var serials = (await call.Views.ListAsync(new ViewQuery<SledRow>(InventoryViews.Sleds), ct).ConfigureAwait(false)).ToDictionary(s => s.Row.Id, s => s.Row.Serial);
        return Answer(null, [.. rear.Keys.Union(uses.Keys, StringComparer.Ordinal).OrderBy(PlaceOf).ThenBy(p => p, StringComparer.Ordinal).Select(p => new SwitchPortAnswer
        {
            Port = p,
            Cubby = rear.GetValueOrDefault(p)?.Cubby,
            SledId = sleds[p].FirstOrDefault()?.Value,
            SledSerial = sleds[p].FirstOrDefault() is { } sled ? serials.GetValueOrDefault(sled) : null,
            Groups = uses.GetValueOrDefault(p),
        })]);

        IResult Answer(string? error, ImmutableArray<SwitchPortAnswer> ports) => call.Ok(
            new SwitchPortsAnswer { Slot = row.Slot, Error = error, Ports = ports }, SwitchLookJson.Default.SwitchPortsAnswer);
    }

    // rear9 before rear10.
    private static int PlaceOf(string port) =>
        int.TryParse(port.AsSpan(port.AsSpan().LastIndexOfAnyExceptInRange('0', '9') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

    private static async ValueTask<IResult> TablesAsync(ApiCall call, SwitchRow row, CancellationToken ct)
    {
        var survey = await call.Service<SwitchVerifier>().SurveyAsync(row, ct).ConfigureAwait(false);
        var answer = new SwitchTablesAnswer
        {
            Slot = row.Slot,
            Error = survey.Error,
            Tables = survey.Error is null ? [.. SwitchTable.Of(survey.Groups).Select(t => new SwitchTableAnswer(t.Table, t.Used, SwitchTable.Size))] : [],
            Groups = [.. survey.Groups.OrderBy(g => g.IsUnderlay).ThenBy(g => g.Address).Select(HeldOf)],
        };
        return call.Ok(answer, SwitchLookJson.Default.SwitchTablesAnswer);
    }

    private static SwitchHeldAnswer HeldOf(ActualGroup group) => new()
    {
        Address = group.Address.ToString(),
        Kind = group.IsUnderlay ? "underlay" : "external",
        Tag = group.Tag,
        Ports = [.. group.Members.Select(m => m.PortId)],
        Underlay = group.NatAddress?.ToString(),
        Mvlan = group.VlanId,
        SourceIps = [.. group.Sources.Select(s => s.ToString())],
    };

    private static async ValueTask<IResult> CountersAsync(ApiCall call, SwitchRow row, CancellationToken ct)
    {
        var port = call.Service<ISwitchPorts>().For(KeyOf(row), new Uri(row.Address));
        var told = (await call.Service<MulticastNews>().LookAsync(ct).ConfigureAwait(false)).Switches.GetValueOrDefault(KeyOf(row));
        var status = port.Status;
        var answer = new SwitchCountersAnswer
        {
            Slot = row.Slot,
            State = status.State.ToString().ToLowerInvariant(),
            Since = status.Since,
            LastError = status.LastError,
            QueueDepth = status.QueueDepth,
            Rebirths = port.Rebirths,
            GroupsVerified = told?.Report?.GroupsVerified,
            MembersProcessed = told?.Report?.MembersProcessed,
            Errors = told?.Report?.Errors ?? [],
            GroupsDrifting = told?.Drifting.Length,
            VerifiedAt = told?.VerifiedAt,
            NextAttempt = told?.NextAttempt,
        };
        return call.Ok(answer, SwitchLookJson.Default.SwitchCountersAnswer);
    }

    private static async ValueTask<IResult> DiffAsync(ApiCall call, SwitchRow row, CancellationToken ct)
    {
        var survey = await call.Service<SwitchVerifier>().SurveyAsync(row, ct).ConfigureAwait(false);
        var answer = new SwitchDiffAnswer
        {
            Slot = row.Slot,
            Error = survey.Error,
            IsRight = survey.Error is null && survey.Differences.IsEmpty,
            Groups =
            [
                .. survey.Differences.Select(d => new SwitchGroupDiffAnswer(
                    d.Group.Id.Value, d.Group.Name, d.Group.Address.ToString(), MulticastMaps.Differences(d.Differences))),
            ],
        };
        return call.Ok(answer, SwitchLookJson.Default.SwitchDiffAnswer);
    }

    private static IResult Reconcile(ApiCall call, SwitchRow row)
    {
        if (!call.IsDryRun)
        {
            call.Service<IReconcilers>().Nudge(Reconcilers.Multicast, KeyOf(row), forgetBackoff: true);
        }

        return call.NoContent();
    }
}
