using System.Collections.Immutable;
using Gantry.Devices;

namespace Gantry.Switch;

/// <summary>Adapters of all switches of this node.</summary>
internal sealed class SwitchPorts(AdapterRegistry<SwitchAdapter> adapters) : ISwitchPorts, IAsyncDisposable
{
    public ImmutableDictionary<string, ISwitchPort> Known =>
        adapters.Known.ToImmutableDictionary(p => p.Key, p => (ISwitchPort)p.Value, StringComparer.Ordinal);

    public ISwitchPort For(string key, Uri address) => adapters.For(key, address);

    public void Forget(string key) => adapters.Forget(key);

    public ValueTask DisposeAsync() => adapters.DisposeAsync();
}
