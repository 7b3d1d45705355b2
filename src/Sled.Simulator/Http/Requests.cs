using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Gantry.Sled.Simulator;

/// <summary>Reads requests and turns what goes wrong in a handler into answers.</summary>
internal static class Requests
{
    /// <summary>Path segments, unescaped.</summary>
    public static string[] Segments(HttpRequest request) =>
        (request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The JSON body.</summary>
    /// <exception cref="JsonException">The body is not that.</exception>
    public static async Task<T> BodyAsync<T>(HttpRequest request, JsonTypeInfo<T> type) where T : class =>
        await JsonSerializer.DeserializeAsync(request.Body, type, request.HttpContext.RequestAborted).ConfigureAwait(false)
        ?? throw new JsonException("the body is null");

    /// <summary>Runs a handler; bad bodies become 400 and a bug becomes a logged 500.</summary>
    public static async Task<Answer> GuardAsync(Func<Task<Answer>> handle, ILogger log, string path)
    {
        try
        {
            return await handle().ConfigureAwait(false);
        }
        catch (JsonException e)
        {
            return Answer.BadRequest($"unable to parse JSON body: {e.Message}");
        }
        catch (BadHttpRequestException e)
        {
            return Answer.Error(new SledError(e.StatusCode, null, e.Message));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            SimulatorLog.HandlerThrew(log, e, path);
            return Answer.Error(SledError.Internal);
        }
    }
}
