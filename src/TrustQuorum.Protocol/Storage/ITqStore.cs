namespace Gantry.TrustQuorum.Protocol;

/// <summary>A sled's own durable store for its node (tq 4.1 rule 5). One caller at a time.</summary>
public interface ITqStore
{
    /// <summary>What was saved last; null at the very first start.</summary>
    /// <exception cref="TqWireException">No copy can be read though there is one.</exception>
    TqPersistentState? Load();

    /// <summary>Returns once the state survives a power cut.</summary>
    /// <exception cref="IOException">It could not be made durable; the node must stop.</exception>
    void Save(TqPersistentState state);

    /// <summary>The early-network configuration kept last, if any.</summary>
    TqNetworkConfig? LoadNetworkConfig();

    /// <summary>Keeps an early-network configuration.</summary>
    /// <exception cref="IOException">It could not be made durable.</exception>
    void SaveNetworkConfig(TqNetworkConfig config);
}
