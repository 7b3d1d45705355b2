namespace Gantry.Actors.Runtime;

/// <summary>
/// What a lane is at: a turn of an entity, or its own work between two turns. The bound of the watch-dog is for one turn (engine 4.4), so a pass of
/// many decisions that are each allowed must not look like one that hangs: its mark begins anew with every turn.
/// </summary>
internal sealed class LaneMarks(TurnFile? file) : IDisposable
{
    private bool _isInPass;

    /// <summary>The turn that goes on.</summary>
    public WorkMark Turn { get; } = new(file);

    /// <summary>The lane's own work since the pass or the turn before.</summary>
    public WorkMark Pass { get; } = new();

    public void BeginPass()
    {
        _isInPass = true;
        Pass.Begin(default, "a pass");
    }

    public void EndPass()
    {
        _isInPass = false;
        Pass.End();
    }

    public void BeginTurn(EntityAddress entity, string what)
    {
        Pass.End();
        Turn.Begin(entity, what);
    }

    public void EndTurn()
    {
        Turn.End();
        if (_isInPass)
        {
            Pass.Begin(default, "a pass");
        }
    }

    public void Dispose()
    {
        Turn.Dispose();
        Pass.Dispose();
    }
}
