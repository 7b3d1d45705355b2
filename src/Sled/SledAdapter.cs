using Gantry.Devices;
using Microsoft.Extensions.Logging;

namespace Gantry.Sled;

/// <summary>The adapter actor of one sled agent: calls to one VMM that change it run in order, reads beside them.</summary>
internal sealed class SledAdapter(AdapterOptions options, AdapterMetrics metrics, TimeProvider time, ILogger<SledAdapter> logger)
    : DeviceAdapter(options, metrics, time, logger), ISledPort
{
    /// <summary>The trust-quorum half.</summary>
    public ISledQuorumPort Quorum => field ??= new SledQuorumCalls(this);

    /// <summary>The multicast half.</summary>
    public ISledMulticastPort Multicast => field ??= new SledMulticastCalls(this);

    /// <summary>The sled-agent API that this release was built with (vmm 5.2).</summary>
    public const string ApiVersion = "48.0.0";

    // A pull may wait this long (vmm 3.5 step 3).
    private static readonly TimeSpan PullDeadline = TimeSpan.FromSeconds(60);

    public ValueTask<DeviceOutcome<SledVmmState>> RegisterAsync(Guid vmm, VmmRegistration body, CancellationToken ct) => CallAsync(
        new DeviceCall<SledVmmState>("vmm_register", CallClass.Write, async (http, token) =>
            (await http.SendAsync(
                Request(HttpMethod.Put, $"vmms/{vmm}") with { Body = SledBodies.Ensure(body) }, SledJson.Default.VmmStateAnswer, token)
                .ConfigureAwait(false)).Map(SledBodies.State)) { Sequence = vmm.ToString() },
        ct);

    public ValueTask<DeviceOutcome<SledVmmUpdate>> UnregisterAsync(Guid vmm, CancellationToken ct) => CallAsync(
        new DeviceCall<SledVmmUpdate>("vmm_unregister", CallClass.Write, async (http, token) =>
            (await http.SendAsync(Request(HttpMethod.Delete, $"vmms/{vmm}"), SledJson.Default.UpdateAnswer, token)
                .ConfigureAwait(false)).Map(SledBodies.Update)) { Sequence = vmm.ToString() },
        ct);

    public ValueTask<DeviceOutcome<SledVmmUpdate>> PutStateAsync(Guid vmm, VmmStateRequest state, CancellationToken ct) => CallAsync(
        new DeviceCall<SledVmmUpdate>("vmm_put_state", CallClass.Write, async (http, token) =>
            (await http.SendAsync(
                Request(HttpMethod.Put, $"vmms/{vmm}/state") with { Body = SledBodies.PutState(state) }, SledJson.Default.UpdateAnswer, token)
                .ConfigureAwait(false)).Map(SledBodies.Update)) { Sequence = vmm.ToString() },
        ct);

    public ValueTask<DeviceOutcome<SledVmmState>> GetStateAsync(Guid vmm, CancellationToken ct) => CallAsync(
        new DeviceCall<SledVmmState>("vmm_get_state", CallClass.Read, async (http, token) =>
            (await http.SendAsync(Request(HttpMethod.Get, $"vmms/{vmm}/state"), SledJson.Default.VmmStateAnswer, token)
                .ConfigureAwait(false)).Map(SledBodies.State)) { Deadline = PullDeadline },
        ct);

    public ValueTask<DeviceOutcome<NoContent>> AttachExternalIpAsync(Guid vmm, SledExternalIp ip, CancellationToken ct) =>
        ExternalIpAsync("vmm_put_external_ip", HttpMethod.Put, vmm, ip, ct);

    public ValueTask<DeviceOutcome<NoContent>> DetachExternalIpAsync(Guid vmm, SledExternalIp ip, CancellationToken ct) =>
        ExternalIpAsync("vmm_delete_external_ip", HttpMethod.Delete, vmm, ip, ct);

    public ValueTask<DeviceOutcome<SledInventory>> InventoryAsync(CancellationToken ct) => CallAsync(
        new DeviceCall<SledInventory>("inventory", CallClass.Read, async (http, token) =>
            (await http.SendAsync(Request(HttpMethod.Get, "inventory"), SledJson.Default.InventoryAnswer, token)
                .ConfigureAwait(false)).Map(SledBodies.Inventory)),
        ct);

    internal ValueTask<DeviceOutcome<T>> RunAsync<T>(DeviceCall<T> call, CancellationToken ct) => CallAsync(call, ct);

    protected override async Task<ProbeAnswer> ProbeAsync(DeviceHttp http, CancellationToken ct) =>
        new(await http.SendAsync(Request(HttpMethod.Get, "sled-identifiers"), ct).ConfigureAwait(false));

    private ValueTask<DeviceOutcome<NoContent>> ExternalIpAsync(
        string operation, HttpMethod method, Guid vmm, SledExternalIp ip, CancellationToken ct) => CallAsync(
        new DeviceCall<NoContent>(operation, CallClass.Write, (http, token) =>
            http.SendAsync(Request(method, $"vmms/{vmm}/external-ip") with { Body = SledBodies.ExternalIp(ip) }, token))
        {
            Sequence = vmm.ToString(),
        },
        ct);

    private static DeviceRequest Request(HttpMethod method, string path) => new(method, path, ApiVersion);
}
