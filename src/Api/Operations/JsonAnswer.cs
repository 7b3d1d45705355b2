using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>A JSON answer whose content can be put into another one.</summary>
internal interface IJsonAnswer
{
    long? Generation { get; }

    JsonElement Content { get; }
}

/// <summary>A JSON body with a status, and the generation as ETag when the object has one.</summary>
internal sealed class JsonAnswer<T>(int status, T value, JsonTypeInfo<T> type) : IResult, IJsonAnswer
{
    // People read these with curl: quotes and angle brackets stay what they are. The content type keeps browsers from taking them for HTML.
    private static readonly JsonWriterOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public long? Generation { get; init; }

    public JsonElement Content => JsonSerializer.SerializeToElement(value, type);

    public string? Location { get; init; }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.Headers.XContentTypeOptions = "nosniff";
        if (Generation is { } generation)
        {
            response.Headers.ETag = IfMatch.Tag(generation);
        }

        if (Location is not null)
        {
            response.Headers.Location = Location;
        }

        // Written at once, so that a fault while serializing is still a clean 500.
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, s_plain))
        {
            JsonSerializer.Serialize(writer, value, type);
        }

        response.ContentLength = bytes.WrittenCount;
        return HttpMethods.IsHead(httpContext.Request.Method)
            ? Task.CompletedTask
            : response.Body.WriteAsync(bytes.WrittenMemory, httpContext.RequestAborted).AsTask();
    }
}
