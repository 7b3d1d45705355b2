using Gantry.Devices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gantry.Sled;

/// <summary>Registers the adapters of sled agents and management gateways.</summary>
public static class SledRegistration
{
    /// <summary>Adds <c>ISledPorts</c> and <c>IServiceProcessorPorts</c>. The host provides a clock and logging.</summary>
    /// <param name="services">The collection.</param>
    /// <param name="hooks">Makes the host's hooks; null for none.</param>
    public static IServiceCollection AddSledAdapters(
        this IServiceCollection services, Func<IServiceProvider, SledAdapterHooks>? hooks = null)
    {
        services.TryAddSingleton<AdapterMetrics>();
        services.TryAddSingleton(hooks ?? (_ => new SledAdapterHooks()));
        services.TryAddSingleton<SledPorts>();
        services.TryAddSingleton<ISledPorts>(p => p.GetRequiredService<SledPorts>());
        services.TryAddSingleton<ISledMulticastPorts>(p => p.GetRequiredService<SledPorts>());
        services.TryAddSingleton<ISledQuorumPorts>(p => p.GetRequiredService<SledPorts>());
        services.TryAddSingleton<IServiceProcessorPorts, ServiceProcessorPorts>();
        return services;
    }
}
