namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// A store that lasts as long as the object: for tests and simulated sleds without a folder. Like a disk it keeps copies, so that a node that
/// ends may zero its own.
/// </summary>
public sealed class TqMemoryStore : ITqStore
{
    private const int BytesMax = 64 << 20;

    private readonly Lock _lock = new();
    private SecretBytes? _state;
    private TqNetworkConfig? _network;
    private ulong _generation;

    /// <summary>Saves done.</summary>
    public ulong Generation
    {
        get
        {
            lock (_lock)
            {
                return _generation;
            }
        }
    }

    /// <summary>When true, saving fails.</summary>
    public bool IsFailing { get; set; }

    /// <summary>A store of a sled that holds data of the older scheme and has never run.</summary>
    public static TqMemoryStore WithLrtq(LrtqShareData lrtq)
    {
        var store = new TqMemoryStore();
        store.Save(TqPersistentState.FromLrtq(lrtq));
        return store;
    }

    /// <inheritdoc/>
    public TqPersistentState? Load()
    {
        lock (_lock)
        {
            return _state is { } state ? TqStateJson.Read(state.Span).State : null;
        }
    }

    /// <inheritdoc/>
    public void Save(TqPersistentState state)
    {
        lock (_lock)
        {
            if (IsFailing)
            {
                throw new IOException("the simulated drive fails");
            }

            using var bytes = new SecretBufferWriter(BytesMax);
            TqStateJson.Write(bytes, ++_generation, state);
            _state?.Dispose();
            _state = SecretBytes.CopyOf(bytes.Written);
        }
    }

    /// <inheritdoc/>
    public TqNetworkConfig? LoadNetworkConfig()
    {
        lock (_lock)
        {
            return _network;
        }
    }

    /// <inheritdoc/>
    public void SaveNetworkConfig(TqNetworkConfig config)
    {
        lock (_lock)
        {
            _network = IsFailing ? throw new IOException("the simulated drive fails") : config;
        }
    }
}
