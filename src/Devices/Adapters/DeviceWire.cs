using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using RawOutcome = Gantry.Devices.DeviceOutcome<System.ReadOnlyMemory<byte>>;

namespace Gantry.Devices;

/// <summary>The connections to a device: sends one HTTP request and says what came back, as it is. Nothing is ever repeated. Thread-safe.</summary>
/// <param name="client">Of this device alone.</param>
/// <param name="since">Since when the device cannot be reached, asked when it turns out so.</param>
internal sealed class DeviceWire(HttpClient client, Func<DateTimeOffset> since)
{
    public async Task<RawOutcome> SendAsync(DeviceRequest request, CancellationToken ct)
    {
        try
        {
            using var message = Message(request);
            using var response = await client.SendAsync(message, HttpCompletionOption.ResponseContentRead, ct).ConfigureAwait(false);
            ReadOnlyMemory<byte> body = await response.Content.ReadAsByteArrayAsync(ct).ConfigureAwait(false);
            var status = (int)response.StatusCode;
            return status is >= 200 and < 300 ? new RawOutcome.Answered(status, body) : Rejection(status, body);
        }
        catch (HttpRequestException e) when (IsBeforeSending(e.HttpRequestError))
        {
            return new RawOutcome.Unreachable(e.Message, since());
        }
        catch (SocketException e)
        {
            // Not wrapped by SocketsHttpHandler where the peer resets a connection at the moment it is made: nothing was sent.
            return new RawOutcome.Unreachable(e.Message, since());
        }
        catch (HttpRequestException e) when (
            e.HttpRequestError is HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded)
        {
            return new RawOutcome.Garbled(e.StatusCode is { } status ? (int)status : 0, e.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new RawOutcome.NoAnswer($"the connection broke: {e.InnerException?.Message ?? e.Message}") { IsBroken = true };
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested && e.InnerException is TimeoutException)
        {
            return new RawOutcome.Unreachable("no connection within the connect time-out", since());
        }
    }

    private static bool IsBeforeSending(HttpRequestError error) => error is HttpRequestError.ConnectionError
        or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError;

    private static HttpRequestMessage Message(DeviceRequest request)
    {
        var message = new HttpRequestMessage(request.Method, request.Path);
        if (request.ApiVersion is { } version)
        {
            message.Headers.TryAddWithoutValidation("api-version", version);
        }

        if (request.Body is { } body)
        {
            message.Content = new ReadOnlyMemoryContent(body)
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
            };
        }
        else if (request.Method != HttpMethod.Get)
        {
            // A request without content is repeated by SocketsHttpHandler when the peer closes before answering. An unknown
            // outcome is ours to resolve by reading, so every write carries content, if need be empty.
            message.Content = new ByteArrayContent([]);
        }

        return message;
    }

    private static RawOutcome Rejection(int status, ReadOnlyMemory<byte> body)
    {
        try
        {
            var error = JsonSerializer.Deserialize(body.Span, DeviceErrorJson.Default.DeviceError);
            return new RawOutcome.Rejected(status, error?.ErrorCode, DeviceOutcomes.Short(error?.Message ?? ""));
        }
        catch (JsonException)
        {
            var text = Encoding.UTF8.GetString(body.Span[..Math.Min(body.Length, 200)]);
            return new RawOutcome.Rejected(status, ErrorCode: null, text);
        }
    }
}
