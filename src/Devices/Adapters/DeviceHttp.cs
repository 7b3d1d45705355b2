using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Gantry.Devices;

/// <summary>
/// Sends one HTTP request to a device and says what came back, as it is. Connections are reused; nothing is ever repeated.
/// Thread-safe.
/// </summary>
public sealed class DeviceHttp
{
    private readonly HttpClient _client;
    private readonly Func<DateTimeOffset> _since;

    internal DeviceHttp(HttpClient client, Func<DateTimeOffset> since)
    {
        _client = client;
        _since = since;
    }

    /// <summary>For calls that answer a JSON value.</summary>
    public Task<DeviceOutcome<T>> SendAsync<T>(DeviceRequest request, JsonTypeInfo<T> answer, CancellationToken ct) =>
        SendAsync(request, body => JsonSerializer.Deserialize(body.Span, answer) ?? throw new JsonException("null is no answer"), ct);

    /// <summary>For calls that answer nothing.</summary>
    public Task<DeviceOutcome<NoContent>> SendAsync(DeviceRequest request, CancellationToken ct) =>
        SendAsync(request, _ => NoContent.Value, ct);

    internal DateTimeOffset Since() => _since();

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

    private static DeviceOutcome<T> Rejection<T>(int status, ReadOnlyMemory<byte> body)
    {
        try
        {
            var error = JsonSerializer.Deserialize(body.Span, DeviceErrorJson.Default.DeviceError);
            return new DeviceOutcome<T>.Rejected(status, error?.ErrorCode, DeviceOutcomes.Short(error?.Message ?? ""));
        }
        catch (JsonException)
        {
            var text = Encoding.UTF8.GetString(body.Span[..Math.Min(body.Length, 200)]);
            return new DeviceOutcome<T>.Rejected(status, ErrorCode: null, text);
        }
    }

    private async Task<DeviceOutcome<T>> SendAsync<T>(
        DeviceRequest request, Func<ReadOnlyMemory<byte>, T> read, CancellationToken ct)
    {
        try
        {
            using var message = Message(request);
            using var response = await _client.SendAsync(message, HttpCompletionOption.ResponseContentRead, ct).ConfigureAwait(false);
            ReadOnlyMemory<byte> body = await response.Content.ReadAsByteArrayAsync(ct).ConfigureAwait(false);
            var status = (int)response.StatusCode;
            return status is >= 200 and < 300 ? Answer(status, body, read) : Rejection<T>(status, body);
        }
        catch (HttpRequestException e) when (IsBeforeSending(e.HttpRequestError))
        {
            return new DeviceOutcome<T>.Unreachable(e.Message, _since());
        }
        catch (SocketException e)
        {
            // Not wrapped by SocketsHttpHandler where the peer resets a connection at the moment it is made: nothing was sent.
            return new DeviceOutcome<T>.Unreachable(e.Message, _since());
        }
        catch (HttpRequestException e) when (
            e.HttpRequestError is HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded)
        {
            return new DeviceOutcome<T>.Garbled(e.StatusCode is { } status ? (int)status : 0, e.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new DeviceOutcome<T>.NoAnswer($"the connection broke: {e.InnerException?.Message ?? e.Message}");
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested && e.InnerException is TimeoutException)
        {
            return new DeviceOutcome<T>.Unreachable("no connection within the connect time-out", _since());
        }
    }

    private static DeviceOutcome<T> Answer<T>(int status, ReadOnlyMemory<byte> body, Func<ReadOnlyMemory<byte>, T> read)
    {
        try
        {
            return new DeviceOutcome<T>.Answered(status, read(body));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return DeviceOutcomes.Unreadable<T>(status, e);
        }
    }
}
