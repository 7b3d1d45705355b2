using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Gives each request its id: <c>x-request-id</c> on every answer, <c>request_id</c> in every error.</summary>
internal static class RequestIds
{
    public const string Header = "x-request-id";

    private static readonly object ItemKey = new();

    /// <summary>Makes the id and puts it on the answer. A second call keeps the first id.</summary>
    public static string Assign(HttpContext context, IRandomSource random)
    {
        if (context.Items.TryGetValue(ItemKey, out var present) && present is string known)
        {
            return known;
        }

        var id = random.NewGuid().ToString();
        context.Items[ItemKey] = id;
        context.Response.Headers[Header] = id;
        return id;
    }

    /// <summary>The id that was assigned.</summary>
    public static string Of(HttpContext context) => context.Items[ItemKey] as string ?? "";
}
