namespace Gantry.Actors.Kernel;

/// <summary>Bounds of a reconciler's queue (engine 7).</summary>
public static class QueueLimits
{
    /// <summary>Keys of one reconciler. The largest list is 10,000 VMMs per rack and eight racks (engine 1.4); beyond it nudges are refused.</summary>
    public const int KeysMax = 100_000;

    /// <summary>Longest key, in characters: a key is an entity address.</summary>
    public const int KeyLengthMax = EntityAddress.BytesMax;

    /// <summary>Every so many picks the oldest of the second class goes first, so that changes cannot starve the resync.</summary>
    public const int AgingEvery = 8;

    /// <summary>Under overload turns of the second class wait, but none longer than this: an overload that does not end must not hide drift.</summary>
    public static readonly TimeSpan ShedMax = TimeSpan.FromMinutes(5);

    /// <summary>The largest part by which jitter shortens a period.</summary>
    public const double PeriodJitter = 0.2;
}
