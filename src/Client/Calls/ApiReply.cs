using System.Text.Json;

namespace Gantry.Client;

/// <summary>A success: the body as it came, so that members this client does not know are kept.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">The body; undefined when there is none.</param>
/// <param name="ETag">The generation to send back as <c>If-Match</c>.</param>
/// <param name="RequestId">As in <c>x-request-id</c>.</param>
/// <param name="IsReplay">The answer is the remembered one of an earlier call with the same key.</param>
public sealed record ApiReply(int Status, JsonElement Body, string? ETag, string? RequestId, bool IsReplay);
