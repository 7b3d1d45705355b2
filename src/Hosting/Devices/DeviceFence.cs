using Gantry.Actors;
using Gantry.Actors.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Gantry.Hosting;

/// <summary>
/// Which writes to devices may start (engine 7.1): a node that was stopped or cut off must not write after its shards have moved. A node that
/// is alone may always write and is not asked.
/// </summary>
internal sealed class DeviceFence(IServiceProvider services, IOptions<ClusterSettings> settings)
{
    // The engine is made after the adapters' owners in some hosts, and long before the first write.
    private readonly Lazy<ActorEngine> _engine = new(services.GetRequiredService<ActorEngine>);

    /// <summary>
    /// Sleds are written to by sagas and reconcilers of other things, each at the owner of its own shard: what must be sure is that this node
    /// still is a member, for it loses no shard to a take-over before it is none.
    /// </summary>
    public Func<string, bool>? OfSleds => settings.Value.Enabled ? _ => _engine.Value.Scope.IsConfirmed : null;

    /// <summary>A switch is written to by its reconciler alone, at the owner of the switch's shard.</summary>
    public Func<bool>? OfSwitch(string key)
    {
        var entity = new EntityAddress("switch", key);
        return settings.Value.Enabled ? () => _engine.Value.Scope.Confirms(entity) : null;
    }
}
