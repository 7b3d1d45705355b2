using Gantry.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gantry.Admin;

/// <summary>How a host takes the admin listener in.</summary>
public static class GantryAdmin
{
    private static readonly string[] s_paths = ["/admin", "/health", "/metrics"];

    /// <summary>
    /// Registers palette, audit trail and the engine's own commands. Call it after <c>AddGantry</c>. A host adds commands by registering an
    /// <see cref="IPaletteSource"/>.
    /// </summary>
    public static IServiceCollection AddGantryAdmin(this IServiceCollection services)
    {
        services.AddSingleton(AuditKind.Module);
        services.TryAddSingleton<AuditTrail>();
        services.TryAddSingleton<ApiAudit>();
        services.TryAddSingleton<IWriteAudit>(p => p.GetRequiredService<ApiAudit>());
        services.AddHostedService(p => p.GetRequiredService<ApiAudit>());
        services.TryAddSingleton<CommandPalette>();
        services.TryAddSingleton<PaletteRunner>();
        services.TryAddSingleton<AdminListener>();
        services.AddSingleton<IPaletteSource, ClusterCommands>();
        services.AddSingleton<IPaletteSource, EntityCommands>();
        services.AddSingleton<IPaletteSource, MailCommands>();
        services.AddSingleton<IPaletteSource, SagaCommands>();
        services.AddSingleton<IPaletteSource, ReconcilerCommands>();
        services.AddSingleton<IPaletteSource, StoreCommands>();
        return services;
    }

    /// <summary>
    /// Says that this Kestrel endpoint serves the palette, beside what the gateway serves on its admin listener. The mark sits on the connection:
    /// no header reaches the palette from another one.
    /// </summary>
    public static ListenOptions UseGantryPalette(this ListenOptions options)
    {
        options.Use(next => connection =>
        {
            connection.Features.Set(AdminListenerFeature.Instance);
            return next(connection);
        });
        return options;
    }

    /// <summary>Serves the palette, health and metrics on endpoints marked with <c>UseGantryPalette</c>. Call it before routing.</summary>
    public static IApplicationBuilder UseGantryPalette(this IApplicationBuilder app) => app.MapWhen(
        context => context.Features.Get<AdminListenerFeature>() is not null && s_paths.Any(p => context.Request.Path.StartsWithSegments(p, StringComparison.Ordinal)),
        branch => branch.Run(branch.ApplicationServices.GetRequiredService<AdminListener>().HandleAsync));

    private sealed class AdminListenerFeature
    {
        public static readonly AdminListenerFeature Instance = new();
    }
}
