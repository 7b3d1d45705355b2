using Gantry.Actors.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Gantry.Hosting;

/// <summary>
/// Which writes to devices may start (engine 7.1): a node that was stopped or cut off must not write after its shards have moved, so the device's
/// shard must have been confirmed within the last second. A node that is alone may always write and is not asked.
/// </summary>
internal sealed class DeviceFence(IServiceProvider services, IOptions<ClusterSettings> settings)
{
    // The engine is made after the adapters' owners in some hosts, and long before the first write.
    private readonly Lazy<ActorEngine> _engine = new(services.GetRequiredService<ActorEngine>);

    /// <summary>Of any sled.</summary>
    public Func<string, bool>? OfSleds => settings.Value.Enabled ? key => _engine.Value.Scope.Confirms(DeviceAddress.Of("sled", key)) : null;

    /// <summary>Of one switch.</summary>
    public Func<bool>? OfSwitch(string key)
    {
        var entity = DeviceAddress.Of("switch", key);
        return settings.Value.Enabled ? () => _engine.Value.Scope.Confirms(entity) : null;
    }
}
