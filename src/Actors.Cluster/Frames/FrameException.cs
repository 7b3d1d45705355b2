namespace Gantry.Actors.Cluster;

/// <summary>Bytes of a peer that are no frame. The stream they came on is not to be trusted any more.</summary>
internal sealed class FrameException(string message) : Exception(message);
