namespace Gantry.Actors.Cluster;

/// <summary>Links cannot be served as the settings say; the message says what to do.</summary>
public sealed class LinkRefusedException(string message) : Exception(message);
