using Gantry.Primitives;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gantry.Api;

/// <summary>How a host takes the HTTP gateway in.</summary>
public static class GantryApi
{
    /// <summary>Registers what the gateway needs besides <c>AddGantry</c>.</summary>
    public static IServiceCollection AddGantryApi(this IServiceCollection services)
    {
        services.AddRouting();
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IRandomSource>(SystemRandomSource.Instance);
        services.TryAddSingleton<ApiMetrics>();
        services.TryAddSingleton<ICallers, TenancyCallers>();
        services.TryAddSingleton<Gate>();
        services.TryAddSingleton<WatchHub>();
        services.TryAddSingleton<OpenApiDocument>();
        services.TryAddSingleton<OperationCatalog>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<MatcherPolicy, ListenerPolicy>());
        return services;
    }

    /// <summary>Maps the operator API, its document, health and metrics.</summary>
    public static IEndpointRouteBuilder MapGantryApi(this IEndpointRouteBuilder endpoints)
    {
        var catalog = endpoints.ServiceProvider.GetRequiredService<OperationCatalog>();
        ExternalApi.Map(new ApiRoutes(endpoints, ListenerKind.External, catalog));
        OpenApiEndpoint.Map(endpoints);
        HealthEndpoints.Map(endpoints);
        UnknownRoutes.Map(endpoints, "/v1/{**rest}", ListenerKind.External);
        UnknownRoutes.Map(endpoints, "/health/{**rest}", ListenerKind.External);
        UnknownRoutes.Map(endpoints, "/openapi/{**rest}", ListenerKind.External);
        return endpoints;
    }

    /// <summary>Maps operations of the admin listener. Served only on Kestrel endpoints marked with <c>UseGantryAdmin</c>, to fleet admins.</summary>
    public static IEndpointRouteBuilder MapGantryAdminApi(this IEndpointRouteBuilder endpoints)
    {
        var catalog = endpoints.ServiceProvider.GetRequiredService<OperationCatalog>();
        AdminApi.Map(new ApiRoutes(endpoints, ListenerKind.Admin, catalog));
        UnknownRoutes.Map(endpoints, "/{**rest}", ListenerKind.Admin);
        return endpoints;
    }

    /// <summary>Maps what sleds call. Served only on Kestrel endpoints marked with <c>UseGantryInternal</c>.</summary>
    public static IEndpointRouteBuilder MapGantryInternalApi(this IEndpointRouteBuilder endpoints)
    {
        var catalog = endpoints.ServiceProvider.GetRequiredService<OperationCatalog>();
        InternalApi.Map(new ApiRoutes(endpoints, ListenerKind.Internal, catalog));
        UnknownRoutes.Map(endpoints, "/{**rest}", ListenerKind.Internal);
        return endpoints;
    }
}
