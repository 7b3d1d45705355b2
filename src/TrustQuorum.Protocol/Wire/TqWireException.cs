namespace Gantry.TrustQuorum.Protocol;

/// <summary>Bytes of a peer or of a state file that are not what they should be, or would not fit. Says where, never what.</summary>
public sealed class TqWireException(string message) : Exception(message);
