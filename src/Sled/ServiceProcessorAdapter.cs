using System.Collections.Immutable;
using Gantry.Devices;
using Microsoft.Extensions.Logging;

namespace Gantry.Sled;

/// <summary>The adapter actor of one management gateway (vmm 1.9).</summary>
internal sealed class ServiceProcessorAdapter(
    AdapterOptions options, AdapterMetrics metrics, TimeProvider time, ILogger<ServiceProcessorAdapter> logger)
    : DeviceAdapter(options, metrics, time, logger), IServiceProcessorPort
{
    public ValueTask<DeviceOutcome<ImmutableArray<ServiceProcessorState>>> ListAsync(CancellationToken ct) => CallAsync(
        new DeviceCall<ImmutableArray<ServiceProcessorState>>("sp_list", CallClass.Read, async (http, token) =>
            (await http.SendAsync(List, SledJson.Default.ImmutableArrayServiceProcessorAnswer, token).ConfigureAwait(false))
            .Map(ToStates)),
        ct);

    public ValueTask<DeviceOutcome<ServiceProcessorState>> GetAsync(string type, int slot, CancellationToken ct) => CallAsync(
        new DeviceCall<ServiceProcessorState>("sp_get", CallClass.Read, async (http, token) =>
            (await http.SendAsync(
                new DeviceRequest(HttpMethod.Get, $"sp/{type}/{slot}", ApiVersion: null), SledJson.Default.ServiceProcessorAnswer, token)
                .ConfigureAwait(false)).Map(SledBodies.ServiceProcessor)),
        ct);

    protected override async Task<ProbeAnswer> ProbeAsync(DeviceHttp http, CancellationToken ct) =>
        new(await http.SendAsync(List, ct).ConfigureAwait(false));

    private static ImmutableArray<ServiceProcessorState> ToStates(ImmutableArray<ServiceProcessorAnswer> answers) =>
        [.. answers.Select(SledBodies.ServiceProcessor)];

    private static readonly DeviceRequest List = new(HttpMethod.Get, "sp", ApiVersion: null);
}
