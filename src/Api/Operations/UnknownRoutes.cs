using Gantry.Primitives;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.DependencyInjection;

namespace Gantry.Api;

/// <summary>Answers what no operation takes: 404 without <c>error_code</c>, or 405 when another method is served there.</summary>
internal static class UnknownRoutes
{
    public static void Map(IEndpointRouteBuilder endpoints, string pattern, ListenerKind listener) =>
        endpoints
            .Map(pattern, context => AnswerAsync(context, listener))
            .WithMetadata(new ListenerMark(listener))
            .WithOrder(int.MaxValue)
            .WithDisplayName($"unknown routes ({listener})");

    private static Task AnswerAsync(HttpContext context, ListenerKind listener)
    {
        RequestIds.Assign(context, context.RequestServices.GetRequiredService<IRandomSource>());
        var methods = context.RequestServices.GetRequiredService<OperationCatalog>().Of(listener)
            .Where(o => Matches(o.Path, context.Request.Path))
            .Select(o => o.Method)
            .Distinct()
            .ToList();
        if (methods.Count == 0)
        {
            return new FailureResult(new Failure { Status = 404, Message = "Not Found", Reason = ApiErrors.NoSuchRoute, Remedy = RemedyOf(listener) })
                .ExecuteAsync(context);
        }

        context.Response.Headers.Allow = string.Join(", ", methods);
        return new FailureResult(new Failure
        {
            Status = 405,
            Message = $"Method Not Allowed: {string.Join(", ", methods)} only",
            Reason = ApiErrors.MethodNotAllowed,
            Remedy = RemedyOf(listener),
        }).ExecuteAsync(context);
    }

    private static string? RemedyOf(ListenerKind listener) =>
        listener is ListenerKind.External ? "the document at /openapi/v1.json has every path with its methods" : null;

    private static bool Matches(string template, PathString path) =>
        new TemplateMatcher(TemplateParser.Parse(template), []).TryMatch(path, []);
}
