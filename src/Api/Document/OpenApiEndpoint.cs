using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Gantry.Primitives;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Gantry.Api;

/// <summary>Serves the document; it holds nothing secret and needs no credentials.</summary>
internal static class OpenApiEndpoint
{
    public const string Path = "/openapi/v1.json";

    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet(Path, WriteAsync).WithMetadata(new ListenerMark(ListenerKind.External));

    private static Task WriteAsync(HttpContext context)
    {
        RequestIds.Assign(context, context.RequestServices.GetRequiredService<IRandomSource>());
        var bytes = context.RequestServices.GetRequiredService<OpenApiDocument>().Bytes;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = bytes.Length;
        return context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
    }
}

/// <summary>Writes the document.</summary>
[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class OpenApiJson : JsonSerializerContext;
