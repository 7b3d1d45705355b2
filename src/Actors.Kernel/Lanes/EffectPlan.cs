using System.Collections.Immutable;

namespace Gantry.Actors.Kernel;

/// <summary>The effects of one decision, sorted by what is done with them.</summary>
internal sealed class EffectPlan
{
    private readonly HashSet<ClaimValue> _claims = [];
    private readonly HashSet<ClaimValue> _releases = [];
    private readonly Dictionary<string, Effect.SetTimer?> _timers = [];

    public EffectPlan(ImmutableArray<Effect> effects)
    {
        foreach (var effect in effects)
        {
            Add(effect);
        }

        // Release and claim of one value in one decision is nothing (2.1).
        var both = _claims.Intersect(_releases).ToList();
        _claims.ExceptWith(both);
        _releases.ExceptWith(both);
    }

    public IReadOnlyCollection<ClaimValue> Claims => _claims;

    public IReadOnlyCollection<ClaimValue> Releases => _releases;

    /// <summary>Timers by name; null where one is cancelled. The last word of a name counts.</summary>
    public IReadOnlyDictionary<string, Effect.SetTimer?> Timers => _timers;

    /// <summary>Posts and activities in the order of the decision.</summary>
    public List<Effect> Posts { get; } = [];

    public List<Effect.Nudge> Nudges { get; } = [];

    private void Add(Effect effect)
    {
        switch (effect)
        {
            case Effect.Claim claim:
                _claims.Add(new ClaimValue(claim.Space, claim.Value));
                break;
            case Effect.Release release:
                _releases.Add(new ClaimValue(release.Space, release.Value));
                break;
            case Effect.SetTimer timer:
                _timers[timer.Name] = timer;
                break;
            case Effect.CancelTimer timer:
                _timers[timer.Name] = null;
                break;
            case Effect.Nudge nudge:
                Nudges.Add(nudge);
                break;
            default:
                Posts.Add(effect);
                break;
        }
    }
}
