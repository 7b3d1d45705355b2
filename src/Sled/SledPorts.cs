using System.Collections.Immutable;
using Gantry.Devices;
using Microsoft.Extensions.Logging;

namespace Gantry.Sled;

/// <summary>The adapters of all sled agents by sled id. Thread-safe.</summary>
public sealed class SledPorts : ISledPorts, ISledQuorumPorts, ISledMulticastPorts, IAsyncDisposable
{
    private readonly AdapterRegistry<SledAdapter> _adapters;
    private int _isDisposed;

    /// <summary>Makes an empty set.</summary>
    public SledPorts(SledAdapterHooks hooks, AdapterMetrics metrics, TimeProvider time, ILoggerFactory loggers)
    {
        _adapters = new AdapterRegistry<SledAdapter>((key, address) => new SledAdapter(
            new AdapterOptions
            {
                Kind = "sled",
                Key = key,
                Address = address,
                Deadline = AdapterLimits.SledDeadline,
                OnChange = hooks.OnSledChange,
                MayWrite = hooks.MayWrite is { } may ? () => may(key) : null,
                Relay = hooks.Relay,
            },
            metrics,
            time,
            loggers.CreateLogger<SledAdapter>()));
    }

    /// <inheritdoc/>
    public ImmutableDictionary<string, ISledPort> Known => _adapters.Known.ToImmutableDictionary(a => a.Key, ISledPort (a) => a.Value);

    /// <inheritdoc/>
    public ISledPort For(string key, Uri address) => _adapters.For(key, address);

    /// <inheritdoc/>
    ISledQuorumPort ISledQuorumPorts.For(string key, Uri address) => _adapters.For(key, address).Quorum;

    /// <inheritdoc/>
    ISledMulticastPort ISledMulticastPorts.For(string key, Uri address) => _adapters.For(key, address).Multicast;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() =>
        // A container that hands it out under several types disposes it as often.
        Interlocked.Exchange(ref _isDisposed, 1) == 0 ? _adapters.DisposeAsync() : ValueTask.CompletedTask;
}

/// <summary>The adapters of all management gateways by address. Thread-safe.</summary>
public sealed class ServiceProcessorPorts : IServiceProcessorPorts, IAsyncDisposable
{
    private readonly AdapterRegistry<ServiceProcessorAdapter> _adapters;

    /// <summary>Makes an empty set.</summary>
    public ServiceProcessorPorts(SledAdapterHooks hooks, AdapterMetrics metrics, TimeProvider time, ILoggerFactory loggers)
    {
        _adapters = new AdapterRegistry<ServiceProcessorAdapter>((key, address) => new ServiceProcessorAdapter(
            new AdapterOptions
            {
                Kind = "sp-gateway",
                Key = key,
                Address = address,
                Deadline = AdapterLimits.SledDeadline,
                OnChange = hooks.OnGatewayChange,
                Relay = hooks.Relay,
            },
            metrics,
            time,
            loggers.CreateLogger<ServiceProcessorAdapter>()));
    }

    /// <inheritdoc/>
    public IServiceProcessorPort For(Uri address) => _adapters.For(address.ToString(), address);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _adapters.DisposeAsync();
}

/// <summary>What the host wants to hear from the adapters and may forbid them.</summary>
public sealed record SledAdapterHooks
{
    /// <summary>With the sled id: it is up again.</summary>
    public Action<string, DeviceChange>? OnSledChange { get; init; }

    /// <summary>With the gateway's address: it is up again.</summary>
    public Action<string, DeviceChange>? OnGatewayChange { get; init; }

    /// <summary>The fence, asked with the sled id before every write; null allows all.</summary>
    public Func<string, bool>? MayWrite { get; init; }

    /// <summary>The way to the node that holds a device's connections; null where there is only this node.</summary>
    public IDeviceRelay? Relay { get; init; }
}
