namespace Gantry.Actors;

/// <summary>
/// Work of an area once per start of a node: after the engine decides, before the node is ready. Must be harmless when repeated. Areas
/// register theirs in the service collection; the host runs them in order of <see cref="Order"/>.
/// </summary>
public interface IBootstrap
{
    /// <summary>For messages, for example <c>racks</c>.</summary>
    string Name { get; }

    /// <summary>Smaller runs earlier; equal ones run in order of registration.</summary>
    int Order => 0;

    /// <summary>Does it. A throw stops the start of the node.</summary>
    ValueTask RunAsync(CancellationToken ct);
}
