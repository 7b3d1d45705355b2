namespace Gantry.TrustQuorum.Protocol;

/// <summary>
/// A sled's store of the older scheme, apart from that of trust quorum. Read at a start that finds no trust-quorum state, and never again
/// afterwards (tq 4.2): what it held lives on in the node's own state.
/// </summary>
public interface ILrtqStore
{
    /// <summary>The sled's share with its digests; null when it never was in a rack of the older scheme. The caller disposes the share.</summary>
    /// <exception cref="TqWireException">No copy can be read though there is one.</exception>
    LrtqShareData? Load();
}
