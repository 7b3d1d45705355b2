using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Actors;

/// <summary>
/// Tries commands without doing them. While one is entered, everything that this flow of calls asks of entities is decided on their
/// present state, answered as if it had been done, noted here, and never committed. Claims are noted, not taken, so a taken value shows
/// only in the real command; later commands see nothing of earlier ones. Thread-safe.
/// </summary>
/// <remarks>
/// It goes with the flow of calls and not with <see cref="AskOptions"/>, so that no service between gateway and entity can forget to
/// pass it on: what is forgotten there would be done.
/// </remarks>
public sealed class DryRun
{
    /// <summary>Steps kept; a request asks a handful of entities.</summary>
    public const int StepsMax = 256;

    private static readonly AsyncLocal<DryRun?> s_current = new();

    private ImmutableArray<DryRunStep> _steps = [];

    /// <summary>The one that this flow of calls has entered; null: commands are done.</summary>
    public static DryRun? Current => s_current.Value;

    /// <summary>What was decided so far, in order.</summary>
    public ImmutableArray<DryRunStep> Steps => _steps;

    /// <summary>Enters a new one for the rest of the calling async method and all that it calls.</summary>
    public static DryRun Enter()
    {
        var run = new DryRun();
        s_current.Value = run;
        return run;
    }

    /// <summary>Notes one decision.</summary>
    public void Add(DryRunStep step)
    {
        Invariant.Check(_steps.Length < StepsMax, $"a dry run has at most {StepsMax} steps");
        ImmutableInterlocked.Update(ref _steps, (steps, added) => steps.Add(added), step);
    }
}

/// <summary>One decision that was not committed.</summary>
/// <param name="Entity">Who decided.</param>
/// <param name="Events">The facts it would have recorded.</param>
/// <param name="Effects">What it would have caused besides.</param>
public sealed record DryRunStep(EntityAddress Entity, ImmutableArray<object> Events, ImmutableArray<Effect> Effects);
