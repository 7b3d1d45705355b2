using Gantry.Actors.Storage;

namespace Gantry.Actors.Simulation;

/// <summary>Who holds which name, by the journal.</summary>
internal sealed class NameLog
{
    private readonly Dictionary<string, EntityAddress> _holders = [];

    public string? Take(LaneCommit commit)
    {
        foreach (var fact in commit.Events)
        {
            switch (fact)
            {
                case NameTaken taken when _holders.TryGetValue(taken.Name, out var other) && other != commit.Entity:
                    return $"{commit.Entity} takes {taken.Name}, which {other} holds";
                case NameTaken taken:
                    _holders[taken.Name] = commit.Entity;
                    break;
                case NameDropped dropped:
                    _holders.Remove(dropped.Name);
                    break;
                default:
                    break;
            }
        }

        return null;
    }

    public string? WhyWrong(MemoryTables tables)
    {
        foreach (var (key, claim) in tables.Claims)
        {
            if (!_holders.TryGetValue(key.Value, out var holder) || holder != claim.Entity)
            {
                return $"the claim on {key.Value} is {claim.Entity}'s, by the journal it is {(holder == default ? "nobody" : holder)}'s";
            }
        }

        return _holders.FirstOrDefault(h => !tables.Claims.ContainsKey((HolderDecider.Space, h.Key))) is { Key: { } name } lost
            ? $"{lost.Value} holds {name} by the journal, and no claim says so"
            : null;
    }
}
