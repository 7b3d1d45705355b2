namespace Gantry.Actors.Runtime;

/// <summary>
/// What one thread is at, for the watch-dog and, in the file of turns, for the next process. One thread at a time writes it, any reads it.
/// </summary>
internal sealed class WorkMark(TurnFile? file = null) : IDisposable
{
    private readonly int? _slot = file?.Take();
    private EntityAddress _entity;
    private string _what = "";
    private long _turn;

    /// <summary>Work on an entity begins; an entity without kind stands for work on none.</summary>
    public void Begin(EntityAddress entity, string what)
    {
        _entity = entity;
        _what = what;
        Volatile.Write(ref _turn, (_turn & ~1L) + 1 + (_turn & 1) * 2);
        if (_slot is { } slot)
        {
            file!.Begin(slot, entity, what); // a slot comes from a file
        }
    }

    /// <summary>It has ended.</summary>
    public void End()
    {
        if ((_turn & 1) != 1)
        {
            return;
        }

        Volatile.Write(ref _turn, _turn + 1);
        if (_slot is { } slot)
        {
            file!.End(slot); // a slot comes from a file
        }
    }

    /// <summary>The work that goes on, with a number that no other work of this mark has; false when none does.</summary>
    public bool TryLook(out long turn, out EntityAddress entity, out string what)
    {
        turn = Volatile.Read(ref _turn);
        (entity, what) = (_entity, _what);
        return (turn & 1) == 1 && Volatile.Read(ref _turn) == turn;
    }

    /// <summary>Gives its place in the file back.</summary>
    public void Dispose()
    {
        if (_slot is { } slot)
        {
            file!.Return(slot); // a slot comes from a file
        }
    }
}
