using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gantry.Primitives;

namespace Gantry.Sled.Simulator;

/// <summary>An answer before it is sent, so that a fault can still lose it.</summary>
internal record Answer(int Status, ReadOnlyMemory<byte> Body)
{
    public static readonly Answer NoContent = new(StatusCodes.Status204NoContent, default);

    public static Answer Json<T>(T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) =>
        new(status, JsonSerializer.SerializeToUtf8Bytes(value, type));

    /// <summary>An error; its request id is put in when it is sent.</summary>
    public static Answer Error(SledError error) => new ErrorAnswer(error);

    public static Answer NotFound => Error(new SledError(StatusCodes.Status404NotFound, null, "Not Found"));

    public static Answer BadRequest(string message) => Error(new SledError(StatusCodes.Status400BadRequest, null, message));

    /// <summary>Sends it.</summary>
    public async Task SendAsync(HttpContext http)
    {
        var id = SystemRandomSource.Instance.NewGuid().ToString();
        http.Response.StatusCode = Status;
        http.Response.Headers["x-request-id"] = id;
        var body = BodyFor(id);
        if (body.IsEmpty)
        {
            return;
        }

        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted).ConfigureAwait(false);
    }

    private ReadOnlyMemory<byte> BodyFor(string requestId) => this is ErrorAnswer { Why: var why }
        ? JsonSerializer.SerializeToUtf8Bytes(new ErrorBody(requestId, why.Code, why.Message), SimJson.Default.ErrorBody)
        : Body;

    private sealed record ErrorAnswer(SledError Why) : Answer(Why.Status, ReadOnlyMemory<byte>.Empty);
}
