using Gantry.Devices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Gantry.Switch;

/// <summary>Registers the adapters of switches.</summary>
public static class SwitchServices
{
    /// <summary>
    /// Adds <see cref="ISwitchPorts"/>. <paramref name="onChange"/> hears, with the switch's key, when a switch answers again, does not any more, or
    /// was reborn; it is called off every lock and may resolve services then. <paramref name="fence"/> gives, for a switch's key, what is asked
    /// before every write; null allows all. <paramref name="relay"/> gives the way to the node that holds a switch's connections; null where there is
    /// only one node.
    /// </summary>
    public static IServiceCollection AddSwitchAdapters(
        this IServiceCollection services, Action<IServiceProvider, string, DeviceChange>? onChange = null,
        Func<IServiceProvider, string, Func<bool>?>? fence = null, Func<IServiceProvider, IDeviceRelay?>? relay = null)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<AdapterMetrics>();
        services.TryAddSingleton<ISwitchPorts>(provider => new SwitchPorts(new AdapterRegistry<SwitchAdapter>(
            (key, address) => new SwitchAdapter(
                new AdapterOptions
                {
                    Kind = "switch",
                    Key = key,
                    Address = address,
                    Deadline = AdapterLimits.SwitchDeadline,
                    IsMeasuredAlone = true,
                    WatchEvery = SwitchLimits.WatchEvery,
                    OnChange = onChange is null ? null : (device, change) => onChange(provider, device, change),
                    MayWrite = fence?.Invoke(provider, key),
                    Relay = relay?.Invoke(provider),
                },
                provider.GetRequiredService<AdapterMetrics>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<SwitchAdapter>>()))));
        return services;
    }
}
