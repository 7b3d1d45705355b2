using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using RawOutcome = Gantry.Devices.DeviceOutcome<System.ReadOnlyMemory<byte>>;

namespace Gantry.Devices;

/// <summary>
/// Sends one HTTP request to a device and reads what came back: over connections of this node, or through the node that holds the device's.
/// Thread-safe.
/// </summary>
public sealed class DeviceHttp
{
    private readonly Func<DeviceRequest, CancellationToken, Task<RawOutcome>> _send;

    internal DeviceHttp(HttpClient client, Func<DateTimeOffset> since)
        : this(new DeviceWire(client, since).SendAsync)
    {
    }

    internal DeviceHttp(Func<DeviceRequest, CancellationToken, Task<RawOutcome>> send) => _send = send;

    /// <summary>For calls that answer a JSON value.</summary>
    public async Task<DeviceOutcome<T>> SendAsync<T>(DeviceRequest request, JsonTypeInfo<T> answer, CancellationToken ct) =>
        (await _send(request, ct).ConfigureAwait(false))
            .Map(body => JsonSerializer.Deserialize(body.Span, answer) ?? throw new JsonException("null is no answer"));

    /// <summary>For calls that answer nothing.</summary>
    public async Task<DeviceOutcome<NoContent>> SendAsync(DeviceRequest request, CancellationToken ct) =>
        (await _send(request, ct).ConfigureAwait(false)).Map(_ => NoContent.Value);

    /// <summary>For whoever reads the answer elsewhere: the value is the body as it came.</summary>
    public Task<RawOutcome> SendRawAsync(DeviceRequest request, CancellationToken ct) => _send(request, ct);
}
