using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gantry.Primitives;

namespace Gantry.Client;

/// <summary>
/// Calls the operator API. Thread-safe. Every POST carries an idempotency key and is sent once more with it when its outcome was unknown.
/// </summary>
public sealed class GantryClient : IDisposable
{
    private const int BodyBytesMax = 64 * 1024 * 1024;

    // Three heartbeats of a watch.
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(45);

    private readonly GantryClientOptions _options;
    private readonly HttpClient _http;
    private readonly IRandomSource _random;
    private readonly Action<string>? _trace;

    /// <summary>Makes a client.</summary>
    /// <param name="options">Where and as whom.</param>
    /// <param name="random">Makes idempotency keys.</param>
    /// <param name="handler">The transport; not disposed. Null: a socket handler of its own.</param>
    /// <param name="trace">Told one line per call, for <c>-v</c>.</param>
    public GantryClient(GantryClientOptions options, IRandomSource random, HttpMessageHandler? handler = null, Action<string>? trace = null)
    {
        _options = options;
        _random = random;
        _trace = trace;
        _http = handler is null ? new HttpClient() : new HttpClient(handler, disposeHandler: false);
        _http.BaseAddress = options.Address;
        _http.MaxResponseContentBufferSize = BodyBytesMax;
        _http.Timeout = Timeout.InfiniteTimeSpan; // per call below: streams have none
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("gantry-client/1");
        if (options.Token is { } token)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    /// <summary>Reads one object.</summary>
    public Task<ApiReply> GetAsync(string path, CancellationToken ct) => CallAsync(HttpMethod.Get, path, null, null, ct);

    /// <summary>Creates or acts; safe to repeat because of its key.</summary>
    public Task<ApiReply> PostAsync(string path, JsonNode? body, CancellationToken ct) => CallAsync(HttpMethod.Post, path, body, null, ct);

    /// <summary>Sets.</summary>
    public Task<ApiReply> PutAsync(string path, JsonNode? body, CancellationToken ct) => CallAsync(HttpMethod.Put, path, body, null, ct);

    /// <summary>Removes.</summary>
    public Task<ApiReply> DeleteAsync(string path, CancellationToken ct) => CallAsync(HttpMethod.Delete, path, null, null, ct);

    /// <summary>Any call.</summary>
    /// <exception cref="GantryException">The API said no.</exception>
    /// <exception cref="GantryUnreachableException">Nobody answered; nothing was done.</exception>
    /// <exception cref="DryRunException">The end of a dry run: what the first change would do.</exception>
    public async Task<ApiReply> CallAsync(HttpMethod method, string path, JsonNode? body, string? ifMatch, CancellationToken ct)
    {
        if (_options.IsDryRun && method != HttpMethod.Get)
        {
            path += path.Contains('?', StringComparison.Ordinal) ? "&dry_run=true" : "?dry_run=true";
            throw new DryRunException(await SendAsync(method, path, body, ifMatch, null, ct).ConfigureAwait(false));
        }

        var key = method == HttpMethod.Post ? _random.NewGuid().ToString() : null;
        try
        {
            return await SendAsync(method, path, body, ifMatch, key, ct).ConfigureAwait(false);
        }
        catch (GantryException e) when (e.Problem.IsOutcomeUnknown)
        {
            try
            {
                // Once: with the same key it is done at most once, and a second "unknown" is for a person to see.
                return await SendAsync(method, path, body, ifMatch, key, ct).ConfigureAwait(false);
            }
            catch (GantryUnreachableException)
            {
                // That nobody is there now says nothing of the first time.
                throw new GantryException(e.Problem);
            }
        }
    }

    /// <summary>Every item of a list, page by page, until the empty page that ends it.</summary>
    public async IAsyncEnumerable<JsonElement> ListAsync(string path, [EnumeratorCancellation] CancellationToken ct)
    {
        var join = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        var next = $"{path}{join}limit={_options.PageSize}";
        while (true)
        {
            var page = (await GetAsync(next, ct).ConfigureAwait(false)).Body;
            var items = page.ValueKind is JsonValueKind.Object && page.TryGetProperty("items", out var list) && list.ValueKind is JsonValueKind.Array
                ? list
                : throw Stranger(200);
            foreach (var item in items.EnumerateArray())
            {
                yield return item;
            }

            if (items.GetArrayLength() == 0 || !page.TryGetProperty("next_page", out var token) || token.ValueKind is not JsonValueKind.String)
            {
                yield break;
            }

            next = $"{path}{join}limit={_options.PageSize}&page_token={Uri.EscapeDataString(token.GetString() ?? "")}";
        }
    }

    /// <summary>
    /// Watches kinds of objects: the snapshot, then changes, until the server ends the stream. The caller goes on with the last
    /// <see cref="WatchNote.Resume"/>.
    /// </summary>
    /// <exception cref="GantryException">With status 410 the resume token is too old: watch again without.</exception>
    public async IAsyncEnumerable<WatchNote> WatchAsync(string kinds, string? resume, [EnumeratorCancellation] CancellationToken ct)
    {
        var path = $"/v1/watch?kinds={Uri.EscapeDataString(kinds)}" + (resume is null ? "" : $"&resume={Uri.EscapeDataString(resume)}");
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("application/x-ndjson");
        using var answer = await TransportAsync(request, HttpCompletionOption.ResponseHeadersRead, ct).ConfigureAwait(false);
        await ThrowUnlessSuccessAsync(answer, ct).ConfigureAwait(false);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(ct).ConfigureAwait(false));
        while (await ReadLineAsync(reader, ct).ConfigureAwait(false) is { } line)
        {
            if (line.Length == 0)
            {
                continue;
            }

            if (NoteOf(line) is not { } note)
            {
                yield break;
            }

            yield return note;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static async Task<string?> ReadLineAsync(StreamReader reader, CancellationToken ct)
    {
        // The server breaks silence by heartbeats: without any, nobody is there, even if no packet came back to say so.
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(ct);
        silence.CancelAfter(SilenceMax);
        try
        {
            return await reader.ReadLineAsync(silence.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // The stream broke: the same as its end, the caller resumes.
            return null;
        }
    }

    // Null for a line that was cut off by the end of its stream.
    private static WatchNote? NoteOf(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ClientJson.Default.WatchNote);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<ApiReply> SendAsync(
        HttpMethod method, string path, JsonNode? body, string? ifMatch, string? key, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, ClientJson.Default.JsonNode));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        if (ifMatch is not null)
        {
            request.Headers.IfMatch.ParseAdd(ifMatch);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(_options.Timeout);
        var began = TimeProvider.System.GetTimestamp();
        using var answer = await WithinAsync(
            TransportAsync(request, HttpCompletionOption.ResponseContentRead, limit.Token), method, path, ct).ConfigureAwait(false);
        _trace?.Invoke($"{method} {path}: {(int)answer.StatusCode}, request {RequestIdOf(answer)}, {TimeProvider.System.GetElapsedTime(began).TotalMilliseconds:0} ms");
        await ThrowUnlessSuccessAsync(answer, limit.Token).ConfigureAwait(false);
        var bytes = await answer.Content.ReadAsByteArrayAsync(limit.Token).ConfigureAwait(false);
        return new ApiReply(
            (int)answer.StatusCode,
            bytes.Length == 0 ? default : Read(bytes, (int)answer.StatusCode),
            answer.Headers.ETag?.Tag,
            RequestIdOf(answer),
            answer.Headers.Contains("idempotent-replayed"));
    }

    private async Task<HttpResponseMessage> WithinAsync(
        Task<HttpResponseMessage> answer, HttpMethod method, string path, CancellationToken ct)
    {
        try
        {
            return await answer.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new GantryException(new ApiProblem
            {
                Status = 504,
                Message = $"{method} {path}: no answer within {_options.Timeout.TotalSeconds:0} s; it may have been done",
                Reason = "ClientTimeout",
                Remedy = "look whether it was done before repeating it",
            });
        }
    }

    private async Task<HttpResponseMessage> TransportAsync(HttpRequestMessage request, HttpCompletionOption completion, CancellationToken ct)
    {
        try
        {
            return await _http.SendAsync(request, completion, ct).ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (request.Method != HttpMethod.Get && !IsBeforeSending(e.HttpRequestError))
        {
            throw new GantryException(new ApiProblem
            {
                Status = 504,
                Message = $"{request.Method} {request.RequestUri?.PathAndQuery}: the connection broke before an answer came; it may have been done",
                Reason = ApiProblem.OutcomeUnknown,
                Remedy = "look whether it was done before repeating it",
            });
        }
        catch (Exception e) when (e is HttpRequestException or SocketException)
        {
            // A bare SocketException comes where the peer resets a connection at the moment it is made: nothing was sent.
            throw new GantryUnreachableException(_options.Address, e.InnerException?.Message ?? e.Message, e);
        }
    }

    private static bool IsBeforeSending(HttpRequestError error) => error is HttpRequestError.ConnectionError
        or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError;

    private JsonElement Read(byte[] body, int status)
    {
        try
        {
            return JsonSerializer.Deserialize(body, ClientJson.Default.JsonElement);
        }
        catch (JsonException)
        {
            throw Stranger(status);
        }
    }

    private GantryException Stranger(int status) => new(new ApiProblem
    {
        Status = status,
        Message = $"{_options.Address} answered {status} with a body that is not the Gantry API's",
        Remedy = "look at the address: GANTRY_HOST, or gantry context show",
    });

    private static async Task ThrowUnlessSuccessAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        if (answer.IsSuccessStatusCode)
        {
            return;
        }

        var length = answer.Content.Headers.ContentLength;
        var bytes = length is > BodyBytesMax ? [] : await answer.Content.ReadAsByteArrayAsync(ct).ConfigureAwait(false);
        ApiProblem? problem = null;
        try
        {
            problem = bytes.Length == 0 ? null : JsonSerializer.Deserialize(bytes, ClientJson.Default.ApiProblem);
        }
        catch (JsonException)
        {
            // Not our error body: somebody between us answered. The status has to do.
        }

        problem ??= new ApiProblem { Message = $"{(int)answer.StatusCode} {answer.ReasonPhrase}" };
        throw new GantryException(problem with
        {
            Status = (int)answer.StatusCode,
            RequestId = problem.RequestId ?? RequestIdOf(answer),
        });
    }

    private static string? RequestIdOf(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues("x-request-id", out var values) ? values.FirstOrDefault() : null;
}
