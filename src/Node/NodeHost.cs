using System.Net;
using Gantry.Admin;
using Gantry.Api;
using Gantry.Hocon;
using Gantry.Hosting;

namespace Gantry.Node;

/// <summary>Puts a node together: configuration, engine with areas, the three listeners.</summary>
internal static class NodeHost
{
    /// <summary>Builds a node; nothing runs yet.</summary>
    /// <param name="files">HOCON files, later ones override earlier ones.</param>
    /// <param name="settings">Single settings by dotted path, which override files and environment.</param>
    /// <param name="configure">What a caller adds, for example the demo's quiet log.</param>
    public static WebApplication Build(
        IEnumerable<string> files,
        IEnumerable<KeyValuePair<string, string>> settings,
        Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddGantryHocon(files, source =>
        {
            foreach (var setting in settings)
            {
                source.Values.Add(setting);
            }
        });
        GantryServices.EndFormerRun(builder.Configuration);
        builder.Services.AddGantry(builder.Configuration);
        builder.Services.AddGantryApi();
        builder.Services.AddGantryAdmin();
        builder.WebHost.UseKestrelCore().ConfigureKestrel((context, kestrel) =>
        {
            kestrel.AddServerHeader = false;
            var api = context.Configuration.GetSection("gantry:api");
            kestrel.Listen(Endpoint(api.GetSection("external")));
            kestrel.Listen(Endpoint(api.GetSection("internal")), options => options.UseGantryInternal());
            kestrel.Listen(Endpoint(api.GetSection("admin")), options => options.UseGantryAdmin().UseGantryPalette());
        });

        // A start that fails is told once: by the node where it is a bug, else by who asked for the start.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseGantryPalette();
        app.MapGantryApi();
        app.MapGantryInternalApi();
        app.MapGantryAdminApi();
        return app;
    }

    private static IPEndPoint Endpoint(IConfigurationSection listener) =>
        new(IPAddress.Parse(listener["address"] ?? "127.0.0.1"), listener.GetValue<int>("port"));
}
