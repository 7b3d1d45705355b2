using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Puts the object as it is now into a 412, read by the operation that shows it (operator-experience 5).</summary>
internal static class PresentObject
{
    public static async ValueTask<IResult> AddAsync(ApiCall call, FailureResult stale, CancellationToken ct)
    {
        if (ShownBy(call.Operation, call.Service<OperationCatalog>()) is not { } show)
        {
            return stale;
        }

        return await show.Handler(call, ct).ConfigureAwait(false) is IJsonAnswer present
            ? new FailureResult(stale.Failure with { Present = present })
            : stale;
    }

    /// <summary>The GET of the same path, or of the path without the verb at its end, as in <c>…/{instance}/start</c>.</summary>
    private static Operation? ShownBy(Operation operation, OperationCatalog catalog)
    {
        for (var path = operation.Path; path.Length > 0; path = path[..path.LastIndexOf('/')])
        {
            if (catalog.Of(operation.Listener).FirstOrDefault(o => !o.IsWrite && o.Sorts.IsEmpty && o.Path == path) is { } show)
            {
                return show;
            }

            if (path.EndsWith('}'))
            {
                return null;
            }
        }

        return null;
    }
}
