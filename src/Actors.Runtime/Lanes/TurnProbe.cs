using Gantry.Actors.Kernel;

namespace Gantry.Actors.Runtime;

/// <summary>Times every turn of a lane, names slow ones, and marks the one that goes on for the watch-dog (engine 4.4).</summary>
internal sealed class TurnProbe(LaneHost host, int lane) : ILaneProbe
{
    /// <summary>A decision above this is named in the log.</summary>
    public static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(5);

    private long _began;
    private EntityAddress _entity;
    private object? _command;

    public LaneMarks Marks { get; } = new(host.Turns);

    public void Began(EntityAddress entity, object command)
    {
        _entity = entity;
        _command = command;
        _began = host.Time.GetTimestamp();
        Marks.BeginTurn(entity, command.GetType().Name);
    }

    public void Ended()
    {
        Marks.EndTurn();
        var took = host.Time.GetElapsedTime(_began);
        host.Metrics.Turn(took);
        if (took > Slow)
        {
            RuntimeLog.SlowTurn(host.Log, lane, _entity.Kind, _command?.GetType().Name ?? "", took.TotalMilliseconds);
        }

        _command = null;
    }
}
