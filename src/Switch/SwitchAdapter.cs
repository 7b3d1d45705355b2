using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gantry.Devices;
using Microsoft.Extensions.Logging;

namespace Gantry.Switch;

/// <summary>The switch daemon over HTTP (switch-dpd 2.2). All multicast writes of the switch are one sequence.</summary>
internal sealed class SwitchAdapter(
    AdapterOptions options, AdapterMetrics metrics, TimeProvider time, ILogger<SwitchAdapter> logger)
    : DeviceAdapter(options, metrics, time, logger), ISwitchPort
{
    private const string Multicast = "multicast";
    private readonly ApiVersion _version = new();

    // Whether the switch must hold groups: learned from lists and creates, forgotten at any delete.
    private volatile bool _mustHoldGroups;
    private int _deletes;

    public ValueTask<DeviceOutcome<SwitchIdentifiers>> IdentifiersAsync(CancellationToken ct) =>
        Read("identifiers", async (http, token) =>
            (await GetAsync(http, "switch/identifiers", SwitchJson.Default.IdentifiersBody, token).ConfigureAwait(false))
                .Map(b => new SwitchIdentifiers(b.SidecarId, b.Model, b.Revision, b.Serial, b.Slot)), ct);

    public ValueTask<DeviceOutcome<ImmutableDictionary<string, BackplaneLink>>> BackplaneMapAsync(CancellationToken ct) =>
        Read("backplane_map", async (http, token) =>
            (await GetAsync(http, "backplane-map", SwitchJson.Default.DictionaryStringBackplaneBody, token).ConfigureAwait(false))
                .Map(map => map.ToImmutableDictionary(p => p.Key, p => new BackplaneLink(p.Value.Cubby), StringComparer.Ordinal)), ct);

    public ValueTask<DeviceOutcome<ImmutableArray<SwitchGroup>>> ListGroupsAsync(CancellationToken ct) =>
        Read("group_list", ListAsync, ct);

    // A tag has two objects here; a page that is not full is the last one with anything on it.
    public ValueTask<DeviceOutcome<ImmutableArray<SwitchGroup>>> ListByTagAsync(string tag, CancellationToken ct) =>
        SwitchChecks.Tag(tag) is { } problem
            ? Refused<ImmutableArray<SwitchGroup>>(problem)
            : Read("group_list_by_tag", async (http, token) => (await GetAsync(
                    http,
                    $"multicast/tags/{Uri.EscapeDataString(tag)}?limit={SwitchLimits.PageSize}",
                    SwitchJson.Default.GroupPageBody,
                    token).ConfigureAwait(false))
                .Map(b => b.Items.Select(SwitchMapping.ToPort).ToImmutableArray()), ct);

    public ValueTask<DeviceOutcome<SwitchGroup>> GetGroupAsync(string address, CancellationToken ct) =>
        SwitchChecks.AnyAddress(address) is { } problem
            ? Refused<SwitchGroup>(problem)
            : Read("group_get", async (http, token) => (await GetAsync(
                    http, $"multicast/groups/{SwitchMapping.Canonical(address)}", SwitchJson.Default.GroupBody, token).ConfigureAwait(false))
                .Map(SwitchMapping.ToPort), ct);

    public ValueTask<DeviceOutcome<SwitchGroup>> CreateUnderlayAsync(UnderlayGroupBody body, CancellationToken ct) =>
        SwitchChecks.Underlay(body) is { } problem
            ? Refused<SwitchGroup>(problem)
            : WriteGroup("underlay_create", HttpMethod.Post, "multicast/underlay-groups",
                JsonSerializer.SerializeToUtf8Bytes(SwitchMapping.ToWire(body), SwitchJson.Default.UnderlayCreateBody), ct);

    public ValueTask<DeviceOutcome<SwitchGroup>> SetMembersAsync(
        string address, string tag, ImmutableArray<SwitchMember> members, CancellationToken ct) =>
        (SwitchChecks.UnderlayAddress(address) ?? SwitchChecks.Tag(tag) ?? SwitchChecks.Members(members)) is { } problem
            ? Refused<SwitchGroup>(problem)
            : WriteGroup("underlay_set_members", HttpMethod.Put, WithTag($"underlay-groups/{SwitchMapping.Canonical(address)}", tag),
                JsonSerializer.SerializeToUtf8Bytes(new MembersBody(SwitchMapping.ToWire(members)), SwitchJson.Default.MembersBody), ct);

    public ValueTask<DeviceOutcome<SwitchGroup>> CreateExternalAsync(ExternalGroupBody body, CancellationToken ct) =>
        SwitchChecks.External(body) is { } problem
            ? Refused<SwitchGroup>(problem)
            : WriteGroup("external_create", HttpMethod.Post, "multicast/external-groups",
                JsonSerializer.SerializeToUtf8Bytes(SwitchMapping.ToCreate(body), SwitchJson.Default.ExternalCreateBody), ct);

    public ValueTask<DeviceOutcome<SwitchGroup>> UpdateExternalAsync(ExternalGroupBody body, CancellationToken ct) =>
        SwitchChecks.External(body) is { } problem
            ? Refused<SwitchGroup>(problem)
            : WriteGroup("external_update", HttpMethod.Put,
                WithTag($"external-groups/{SwitchMapping.Canonical(body.Address)}", body.Tag),
                JsonSerializer.SerializeToUtf8Bytes(SwitchMapping.ToUpdate(body), SwitchJson.Default.ExternalUpdateBody), ct);

    public ValueTask<DeviceOutcome<NoContent>> DeleteGroupAsync(string address, string tag, CancellationToken ct) =>
        (SwitchChecks.AnyAddress(address) ?? SwitchChecks.Tag(tag)) is { } problem
            ? Refused<NoContent>(problem)
            : Delete("group_delete", WithTag($"groups/{SwitchMapping.Canonical(address)}", tag), ct);

    public ValueTask<DeviceOutcome<NoContent>> ResetTagAsync(string tag, CancellationToken ct) =>
        SwitchChecks.Tag(tag) is { } problem
            ? Refused<NoContent>(problem)
            : Delete("tag_reset", $"multicast/tags/{Uri.EscapeDataString(tag)}", ct);

    public ValueTask<DeviceOutcome<NoContent>> ResetAllAsync(CancellationToken ct) => Delete("group_reset", "multicast/groups", ct);

    protected override async Task<ProbeAnswer> ProbeAsync(DeviceHttp http, CancellationToken ct)
    {
        var answer = await UptimeAsync(http, ct).ConfigureAwait(false);
        var uptime = (answer as DeviceOutcome<long>.Answered)?.Value;

        // Whole seconds hide a restart that follows closely on another; missing groups do not.
        var isEmpty = uptime is not null && await LostGroupsAsync(http, ct).ConfigureAwait(false);
        return new ProbeAnswer(answer.Map(_ => NoContent.Value), uptime, isEmpty);
    }

    private static string WithTag(string path, string tag) => $"multicast/{path}?tag={Uri.EscapeDataString(tag)}";

    // A daemon would answer 400 to it; it never sees it.
    private static ValueTask<DeviceOutcome<T>> Refused<T>(string problem) =>
        ValueTask.FromResult<DeviceOutcome<T>>(new DeviceOutcome<T>.Rejected(400, ErrorCode: null, $"not sent: {problem}"));

    private ValueTask<DeviceOutcome<T>> Read<T>(
        string operation, Func<DeviceHttp, CancellationToken, Task<DeviceOutcome<T>>> send, CancellationToken ct) =>
        CallAsync(new DeviceCall<T>(operation, CallClass.Read, send), ct);

    private async ValueTask<DeviceOutcome<SwitchGroup>> WriteGroup(
        string operation, HttpMethod method, string path, byte[] body, CancellationToken ct)
    {
        if (body.Length > SwitchLimits.BodyBytesMax)
        {
            return await Refused<SwitchGroup>(
                $"the body of {body.Length} bytes is above the maximum size {SwitchLimits.BodyBytesMax}; use fewer members or sources")
                .ConfigureAwait(false);
        }

        var answer = await CallAsync(new DeviceCall<ReadOnlyMemory<byte>>(operation, CallClass.Write, async (http, token) =>
        {
            var request = new DeviceRequest(method, path, _version.Current) { Body = body };
            var sent = await _version.SettleAsync(request, r => http.SendRawAsync(r, token)).ConfigureAwait(false);
            _mustHoldGroups |= sent is DeviceOutcome<ReadOnlyMemory<byte>>.Answered;
            return sent;
        })
        {
            Sequence = Multicast,
        }, ct).ConfigureAwait(false);

        // Read here and not in the sequence: the next write does not wait for it.
        return answer.Map(static bytes => SwitchMapping.ToPort(
            JsonSerializer.Deserialize(bytes.Span, SwitchJson.Default.GroupBody) ?? throw new JsonException("null is no answer")));
    }

    private ValueTask<DeviceOutcome<NoContent>> Delete(string operation, string path, CancellationToken ct) =>
        CallAsync(new DeviceCall<NoContent>(operation, CallClass.Write, async (http, token) =>
        {
            // Also when the outcome is unknown: it may have been the last group.
            _mustHoldGroups = false;
            Interlocked.Increment(ref _deletes);
            var request = new DeviceRequest(HttpMethod.Delete, path, _version.Current);
            return await _version.SettleAsync(request, r => http.SendAsync(r, token)).ConfigureAwait(false);
        })
        {
            Sequence = Multicast,
        }, ct);

    private Task<DeviceOutcome<T>> GetAsync<T>(DeviceHttp http, string path, JsonTypeInfo<T> answer, CancellationToken ct) =>
        SendAsync(http, new DeviceRequest(HttpMethod.Get, path, _version.Current), answer, ct);

    private Task<DeviceOutcome<T>> SendAsync<T>(
        DeviceHttp http, DeviceRequest request, JsonTypeInfo<T> answer, CancellationToken ct) =>
        _version.SettleAsync(request, r => http.SendAsync(r, answer, ct));

    private async Task<DeviceOutcome<ImmutableArray<SwitchGroup>>> ListAsync(DeviceHttp http, CancellationToken ct)
    {
        var (mustHoldGroups, deletes) = (_mustHoldGroups, _deletes);
        var groups = ImmutableArray.CreateBuilder<SwitchGroup>();
        string? token = null;
        for (var page = 0; page < SwitchLimits.PagesMax; page++)
        {
            var from = token is null ? "" : $"&page_token={Uri.EscapeDataString(token)}";
            var answer = await GetAsync(
                http, $"multicast/groups?limit={SwitchLimits.PageSize}{from}", SwitchJson.Default.GroupPageBody, ct).ConfigureAwait(false);
            var mapped = answer.Map(b => (Groups: b.Items.Select(SwitchMapping.ToPort).ToArray(), b.NextPage));
            if (mapped is not DeviceOutcome<(SwitchGroup[] Groups, string? NextPage)>.Answered { Value: var value })
            {
                return mapped.As<(SwitchGroup[] Groups, string? NextPage), ImmutableArray<SwitchGroup>>();
            }

            // The last page with items has a token too; only an empty page ends the list (P3).
            groups.AddRange(value.Groups);
            token = value.NextPage;
            if (value.Groups.Length == 0 || token is null)
            {
                await JudgeListAsync(http, mustHoldGroups && deletes == _deletes, groups.Count > 0, ct).ConfigureAwait(false);
                return new DeviceOutcome<ImmutableArray<SwitchGroup>>.Answered(200, groups.ToImmutable());
            }
        }

        return new DeviceOutcome<ImmutableArray<SwitchGroup>>.Garbled(
            200, $"the list of groups did not end after {SwitchLimits.PagesMax} pages of {SwitchLimits.PageSize}");
    }

    // Empty although nothing was deleted: the daemon restarted, or somebody emptied it. Either way all is pushed again.
    private async Task JudgeListAsync(DeviceHttp http, bool mustHoldGroups, bool holdsGroups, CancellationToken ct)
    {
        if (holdsGroups)
        {
            _mustHoldGroups = true;
            return;
        }

        if (!mustHoldGroups)
        {
            return;
        }

        // The uptime is taken along, so that the next probe does not count the same restart once more.
        var sent = Now;
        if (await UptimeAsync(http, ct).ConfigureAwait(false) is DeviceOutcome<long>.Answered uptime)
        {
            NoteUptime(sent, uptime.Value);
        }

        _mustHoldGroups = false;
        ReportReborn();
    }

    private async Task<bool> LostGroupsAsync(DeviceHttp http, CancellationToken ct)
    {
        var (mustHoldGroups, deletes) = (_mustHoldGroups, _deletes);
        if (!mustHoldGroups)
        {
            return false;
        }

        var page = await GetAsync(http, "multicast/groups?limit=1", SwitchJson.Default.GroupPageBody, ct).ConfigureAwait(false);
        if (page is not DeviceOutcome<GroupPageBody>.Answered { Value.Items.Length: 0 } || deletes != _deletes)
        {
            return false;
        }

        _mustHoldGroups = false;
        return true;
    }

    private async Task<DeviceOutcome<long>> UptimeAsync(DeviceHttp http, CancellationToken ct) =>
        (await GetAsync(http, "dpd-uptime", SwitchJson.Default.Int64, ct).ConfigureAwait(false))
            .Map(s => s is >= 0 and <= SwitchLimits.UptimeSecondsMax ? s : throw new FormatException($"an uptime of {s} s cannot be"));
}
