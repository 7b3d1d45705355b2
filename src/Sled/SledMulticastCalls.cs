using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Gantry.Devices;

namespace Gantry.Sled;

/// <summary>The multicast calls of a sled's adapter. Writes to the packet engine are one sequence, those to a VMM go with its other ones.</summary>
internal sealed class SledMulticastCalls(SledAdapter adapter) : ISledMulticastPort
{
    // Branches of the upstream project (multicast 8.2): memberships by group alone since 49, mapping and forwarding since 50.
    private const string MembershipVersion = "49.0.0";
    private const string NetworkingVersion = "50.0.0";
    private const string Mapping = "networking/mcast-m2p";
    private const string Forwarding = "networking/mcast-fwd";

    public DeviceStatus Status => adapter.Status;

    public ValueTask<DeviceOutcome<ImmutableArray<SledGroupMapping>>> ListMappingsAsync(CancellationToken ct) =>
        ReadAsync("mcast_m2p_list", Mapping, SledMulticastJson.Default.ImmutableArraySledGroupMapping, ct);

    public ValueTask<DeviceOutcome<NoContent>> SetMappingAsync(SledGroupMapping mapping, CancellationToken ct) => WriteAsync(
        "mcast_m2p_set", HttpMethod.Put, Mapping, mapping, SledMulticastJson.Default.SledGroupMapping, ct);

    public ValueTask<DeviceOutcome<NoContent>> ClearMappingAsync(SledGroupMapping mapping, CancellationToken ct) => WriteAsync(
        "mcast_m2p_clear", HttpMethod.Delete, Mapping, mapping, SledMulticastJson.Default.SledGroupMapping, ct);

    public ValueTask<DeviceOutcome<ImmutableArray<SledForwarding>>> ListForwardingAsync(CancellationToken ct) =>
        ReadAsync("mcast_fwd_list", Forwarding, SledMulticastJson.Default.ImmutableArraySledForwarding, ct);

    public ValueTask<DeviceOutcome<NoContent>> AddForwardingAsync(SledForwarding forwarding, CancellationToken ct) => WriteAsync(
        "mcast_fwd_set", HttpMethod.Put, Forwarding, forwarding, SledMulticastJson.Default.SledForwarding, ct);

    public ValueTask<DeviceOutcome<NoContent>> ClearForwardingAsync(string underlay, CancellationToken ct) => WriteAsync(
        "mcast_fwd_clear", HttpMethod.Delete, Forwarding, new ForwardingKey(underlay), SledMulticastJson.Default.ForwardingKey, ct);

    public ValueTask<DeviceOutcome<NoContent>> SubscribeAsync(Guid vmm, SledMulticastMembership membership, CancellationToken ct) =>
        MemberAsync("vmm_join", HttpMethod.Put, vmm, membership, ct);

    public ValueTask<DeviceOutcome<NoContent>> UnsubscribeAsync(Guid vmm, string group, CancellationToken ct) =>
        MemberAsync("vmm_leave", HttpMethod.Delete, vmm, new SledMulticastMembership(group, []), ct);

    private ValueTask<DeviceOutcome<T>> ReadAsync<T>(string operation, string path, JsonTypeInfo<T> type, CancellationToken ct) => adapter.RunAsync(
        new DeviceCall<T>(operation, CallClass.Read, (http, token) =>
            http.SendAsync(new DeviceRequest(HttpMethod.Get, path, NetworkingVersion), type, token)),
        ct);

    private ValueTask<DeviceOutcome<NoContent>> WriteAsync<T>(
        string operation, HttpMethod method, string path, T body, JsonTypeInfo<T> type, CancellationToken ct)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, type);
        return adapter.RunAsync(
            new DeviceCall<NoContent>(operation, CallClass.Write, (http, token) =>
                http.SendAsync(new DeviceRequest(method, path, NetworkingVersion) { Body = bytes }, token)) { Sequence = "mcast" },
            ct);
    }

    private ValueTask<DeviceOutcome<NoContent>> MemberAsync(
        string operation, HttpMethod method, Guid vmm, SledMulticastMembership membership, CancellationToken ct)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(membership, SledMulticastJson.Default.SledMulticastMembership);
        return adapter.RunAsync(
            new DeviceCall<NoContent>(operation, CallClass.Write, (http, token) =>
                http.SendAsync(new DeviceRequest(method, $"vmms/{vmm}/multicast-group", MembershipVersion) { Body = bytes }, token))
            {
                Sequence = vmm.ToString(),
            },
            ct);
    }
}

/// <summary>What names the forwarding of an underlay address.</summary>
internal sealed record ForwardingKey(string Underlay);

/// <summary>Bodies of the multicast calls.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ImmutableArray<SledGroupMapping>))]
[JsonSerializable(typeof(ImmutableArray<SledForwarding>))]
[JsonSerializable(typeof(SledMulticastMembership))]
[JsonSerializable(typeof(ForwardingKey))]
internal sealed partial class SledMulticastJson : JsonSerializerContext;
