namespace Gantry.Actors.Runtime;

/// <summary>What one thread is at, for the watch-dog. One thread at a time writes it, any reads it.</summary>
internal sealed class WorkMark
{
    private EntityAddress _entity;
    private string _what = "";
    private long _turn;

    /// <summary>Work on an entity begins; an entity without kind stands for work on none.</summary>
    public void Begin(EntityAddress entity, string what)
    {
        _entity = entity;
        _what = what;
        Volatile.Write(ref _turn, (_turn & ~1L) + 1 + (_turn & 1) * 2);
    }

    /// <summary>It has ended.</summary>
    public void End()
    {
        if ((_turn & 1) == 1)
        {
            Volatile.Write(ref _turn, _turn + 1);
        }
    }

    /// <summary>The work that goes on, with a number that no other work of this mark has; false when none does.</summary>
    public bool TryLook(out long turn, out EntityAddress entity, out string what)
    {
        turn = Volatile.Read(ref _turn);
        (entity, what) = (_entity, _what);
        return (turn & 1) == 1 && Volatile.Read(ref _turn) == turn;
    }
}
