namespace Gantry.Api;

/// <summary>Finds out who sends a bearer token. Thread-safe.</summary>
public interface ICallers
{
    /// <summary>The caller, or null when the token is unknown or expired.</summary>
    ValueTask<Caller?> FindAsync(string token, CancellationToken ct);
}
