using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Gantry.Hosting;

/// <summary>
/// Answers of a node that leaves close their connection, so that clients have let go of it by the time its listeners close: a connection
/// that is closed under a request leaves its caller in doubt.
/// </summary>
internal sealed class LeavingFilter(NodeLife life) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((context, rest) =>
        {
            if (life.Leaving.IsCancellationRequested && HttpProtocol.IsHttp11(context.Request.Protocol))
            {
                context.Response.Headers.Connection = "close";
            }

            return rest(context);
        });
        next(app);
    };
}
