using System.Collections.Immutable;

namespace Gantry.Devices;

/// <summary>The adapters of one kind by key; a changed address stops the old one, closes its connections when its calls have ended, and makes a new one. Thread-safe.</summary>
/// <param name="make">Makes an adapter for a key and an address.</param>
public sealed class AdapterRegistry<TAdapter>(Func<string, Uri, TAdapter> make) : IAsyncDisposable
    where TAdapter : DeviceAdapter
{
    private readonly Lock _lock = new();
    private ImmutableDictionary<string, TAdapter> _known = ImmutableDictionary.Create<string, TAdapter>(StringComparer.Ordinal);

    // Of adapters at former addresses, until their last calls have ended.
    private ImmutableArray<Task> _leaving = [];

    /// <summary>Those in use.</summary>
    public ImmutableDictionary<string, TAdapter> Known => _known;

    /// <summary>The adapter for a key at an address.</summary>
    public TAdapter For(string key, Uri address)
    {
        if (_known.TryGetValue(key, out var known) && known.Address == address)
        {
            return known;
        }

        lock (_lock)
        {
            if (_known.TryGetValue(key, out known))
            {
                if (known.Address == address)
                {
                    return known;
                }

                End(known);
            }

            var made = make(key, address);
            _known = _known.SetItem(key, made);
            return made;
        }
    }

    /// <summary>The device is not there any more: its adapter stops, and is not measured from then on. A later call makes a new one.</summary>
    public void Forget(string key)
    {
        lock (_lock)
        {
            if (_known.TryGetValue(key, out var known))
            {
                _known = _known.Remove(key);
                End(known);
            }
        }
    }

    /// <summary>Stops all and waits for their calls to end. A container that hands the ports out under two types disposes them twice.</summary>
    public async ValueTask DisposeAsync()
    {
        ImmutableDictionary<string, TAdapter> known;
        ImmutableArray<Task> leaving;
        lock (_lock)
        {
            (leaving, _leaving) = (_leaving, []);
            known = _known;
            _known = _known.Clear();
        }

        foreach (var adapter in known.Values)
        {
            await adapter.DisposeAsync().ConfigureAwait(false);
        }

        await Task.WhenAll(leaving).ConfigureAwait(false);
    }

    // Under the lock.
    private void End(TAdapter adapter)
    {
        adapter.Stop();
        _leaving = _leaving.Where(t => !t.IsCompleted).Append(adapter.DisposeAsync().AsTask()).ToImmutableArray();
    }
}
