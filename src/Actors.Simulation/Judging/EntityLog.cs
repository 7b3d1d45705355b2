namespace Gantry.Actors.Simulation;

/// <summary>What was committed of one entity: every event, and the state after each.</summary>
internal sealed class EntityLog(EntityAddress entity, IKindRunner runner)
{
    private readonly List<object> _states = [runner.Initial];
    private readonly List<object> _facts = [];
    private long _epoch;

    public EntityAddress Entity => entity;

    public long Revision => _facts.Count;

    public object State => _states[^1];

    public IReadOnlyList<object> Facts => _facts;

    public IReadOnlyList<object> States => _states;

    /// <summary>Null, or what is wrong with the sequence.</summary>
    public string? Take(LaneCommit commit)
    {
        if (commit.Revision != Revision)
        {
            return $"{entity} gets event {commit.Revision + 1} after {Revision}";
        }

        if (commit.Epoch < _epoch)
        {
            return $"{entity} gets events of epoch {commit.Epoch} after {_epoch}";
        }

        _epoch = commit.Epoch;
        foreach (var fact in commit.Events)
        {
            _facts.Add(fact);
            _states.Add(runner.Apply(State, fact));
        }

        return null;
    }

    /// <summary>What a command would have come to at a revision: deciders are pure.</summary>
    public Decision<object> DecideAt(long revision, Ask ask, EngineModel model, DateTimeOffset now) => model.Kinds[entity.Kind].Runner.Decide(
        _states[(int)revision], ask.Command, new Turn(entity, revision, now, ask.Key, Principal.Engine) { Scope = "sim" });
}
