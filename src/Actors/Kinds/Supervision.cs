namespace Gantry.Actors;

/// <summary>What is done with an entity whose code throws (engine 6): first nothing, then a restart from the journal, then isolation.</summary>
public sealed record Supervision
{
    /// <summary>Different commands that throw within <see cref="FaultWindow"/> before the entity is loaded anew.</summary>
    public int FaultsToRestart { get; init; } = 3;

    /// <summary>See <see cref="FaultsToRestart"/>.</summary>
    public TimeSpan FaultWindow { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Restarts within <see cref="RestartWindow"/> at which it is quarantined.</summary>
    public int RestartsToQuarantine { get; init; } = 3;

    /// <summary>See <see cref="RestartsToQuarantine"/>.</summary>
    public TimeSpan RestartWindow { get; init; } = TimeSpan.FromMinutes(5);
}
