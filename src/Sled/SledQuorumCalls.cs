using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Gantry.Devices;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Sled;

/// <summary>The trust-quorum calls of a sled's adapter: writes of one member run one after another.</summary>
internal sealed class SledQuorumCalls(SledAdapter adapter) : ISledQuorumPort
{
    private static readonly TimeSpan s_coordinator = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_commit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_start = TimeSpan.FromMinutes(5);

    public DeviceStatus Status => adapter.Status;

    public ValueTask<DeviceOutcome<NoContent>> ReconfigureAsync(ReconfigureMsg request, CancellationToken ct) => WriteAsync(
        "quorum_reconfigure", HttpMethod.Post, "trust-quorum/configuration", request, TqJson.Default.ReconfigureMsg, "quorum", s_coordinator, ct);

    public ValueTask<DeviceOutcome<NoContent>> UpgradeAsync(LrtqUpgradeMsg request, CancellationToken ct) => WriteAsync(
        "quorum_upgrade", HttpMethod.Post, "trust-quorum/upgrade", request, TqJson.Default.LrtqUpgradeMsg, "quorum", s_coordinator, ct);

    public ValueTask<DeviceOutcome<QuorumCoordination>> CoordinatorStatusAsync(CancellationToken ct) => adapter.RunAsync(
        new DeviceCall<QuorumCoordination>("quorum_coordinator_status", CallClass.Read, async (http, token) =>
            (await http.SendAsync(Request(HttpMethod.Get, "trust-quorum/coordinator-status"), SledQuorumJson.Default.JsonElement, token)
                .ConfigureAwait(false)).Map(Coordination)) { Deadline = s_coordinator },
        ct);

    public ValueTask<DeviceOutcome<NoContent>> CommitAsync(BaseboardId? destination, TqCommitRequest request, CancellationToken ct) =>
        destination is null
            ? WriteAsync("quorum_commit", HttpMethod.Put, "trust-quorum/commit", request, TqJson.Default.TqCommitRequest, "quorum", s_commit, ct)
            : WriteAsync(
                "quorum_proxy_commit", HttpMethod.Put, "trust-quorum/proxy/commit", new TqProxyCommitRequest(destination, request),
                TqJson.Default.TqProxyCommitRequest, Proxied(destination), s_commit, ct);

    public ValueTask<DeviceOutcome<QuorumCommitAnswer>> PrepareAndCommitAsync(
        BaseboardId? destination, TqConfiguration config, CancellationToken ct)
    {
        var request = new TqPrepareAndCommitRequest(config);
        var body = destination is null
            ? JsonSerializer.SerializeToUtf8Bytes(request, TqJson.Default.TqPrepareAndCommitRequest)
            : JsonSerializer.SerializeToUtf8Bytes(
                new TqProxyPrepareAndCommitRequest(destination, request), TqJson.Default.TqProxyPrepareAndCommitRequest);
        var path = destination is null ? "trust-quorum/prepare-and-commit" : "trust-quorum/proxy/prepare-and-commit";
        return adapter.RunAsync(
            new DeviceCall<QuorumCommitAnswer>("quorum_prepare_and_commit", CallClass.Write, async (http, token) =>
                (await http.SendAsync(Request(HttpMethod.Put, path) with { Body = body }, TqJson.Default.TqCommitStatus, token)
                    .ConfigureAwait(false)).Map(status => new QuorumCommitAnswer(status)))
            {
                Sequence = destination is null ? "quorum" : Proxied(destination),
                Deadline = s_commit,
            },
            ct);
    }

    public ValueTask<DeviceOutcome<TqNodeStatus>> StatusAsync(BaseboardId? destination, CancellationToken ct)
    {
        var path = destination is null
            ? "trust-quorum/status"
            : $"trust-quorum/proxy/status?part_number={Uri.EscapeDataString(destination.PartNumber)}&serial_number={Uri.EscapeDataString(destination.SerialNumber)}";
        return adapter.RunAsync(
            new DeviceCall<TqNodeStatus>("quorum_status", CallClass.Read, (http, token) =>
                http.SendAsync(Request(HttpMethod.Get, path), TqJson.Default.TqNodeStatus, token)),
            ct);
    }

    public ValueTask<DeviceOutcome<NoContent>> StartSledAsync(AddSledRequest request, CancellationToken ct) => WriteAsync(
        "sled_add", HttpMethod.Put, "sleds", request, TqJson.Default.AddSledRequest, $"sled-add/{request.SledId}", s_start, ct);

    private static DeviceRequest Request(HttpMethod method, string path) => new(method, path, SledAdapter.ApiVersion);

    private static string Proxied(BaseboardId destination) => $"quorum/{destination}";

    private static QuorumCoordination Coordination(JsonElement answer) => new(answer.ValueKind is JsonValueKind.Null
        ? null
        : answer.Deserialize(TqJson.Default.TqCoordinatorStatus));

    private ValueTask<DeviceOutcome<NoContent>> WriteAsync<T>(
        string operation, HttpMethod method, string path, T body, JsonTypeInfo<T> type, string sequence, TimeSpan deadline, CancellationToken ct)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, type);
        return adapter.RunAsync(
            new DeviceCall<NoContent>(operation, CallClass.Write, (http, token) =>
                http.SendAsync(Request(method, path) with { Body = bytes }, token)) { Sequence = sequence, Deadline = deadline },
            ct);
    }
}

/// <summary>Reads the one answer that may be <c>null</c>.</summary>
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class SledQuorumJson : JsonSerializerContext;
