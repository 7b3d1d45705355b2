using Gantry.Actors.Storage;

namespace Gantry.Actors.Runtime;

/// <summary>
/// One batch being encoded: projections are code of areas and may hang. Either the encoding ends or the watch-dog gives it up, never both;
/// what a hung thread brings later is thrown away.
/// </summary>
internal sealed class EncodeJob(LaneBatch batch, WorkMark mark) : IEncodeProgress
{
    private const int Running = 0;
    private const int Finished = 1;
    private const int GivenUp = 2;

    private int _state;
    private int _index;

    public LaneBatch Batch => batch;

    public int Index => Volatile.Read(ref _index);

    public void At(int index)
    {
        Volatile.Write(ref _index, index);
        mark.Begin(batch.Commits[index].Entity, "the projection of its events");
    }

    public bool TryFinish()
    {
        mark.End();
        return Interlocked.CompareExchange(ref _state, Finished, Running) == Running;
    }

    public bool TryGiveUp() => Interlocked.CompareExchange(ref _state, GivenUp, Running) == Running;
}
