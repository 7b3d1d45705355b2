using System.Collections.Immutable;

namespace Gantry.Actors.Kernel;

/// <summary>Collects entities that must be read before they can decide; loading one never holds up another (engine 3.5).</summary>
internal sealed class LoadDesk(LaneContext lane)
{
    private static readonly TimeSpan BackoffFirst = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan BackoffMax = TimeSpan.FromSeconds(10);

    private readonly Queue<EntityStamp> _wanted = new();
    private int _inFlight;
    private int _cap = LaneLimits.LoadMax;
    private TimeSpan _backoff = BackoffFirst;

    public DateTimeOffset? RetryAt { get; private set; }

    public void Want(EntitySlot slot)
    {
        if (slot.Phase == SlotPhase.Cold)
        {
            slot.Phase = SlotPhase.Loading;
            _wanted.Enqueue(new EntityStamp(slot.Address, slot.Shard.Id, slot.Shard.Epoch));
        }
    }

    /// <summary>Reads an entity anew, snapshot left aside.</summary>
    public void WantAnew(EntitySlot slot)
    {
        slot.Phase = SlotPhase.Loading;
        _wanted.Enqueue(new EntityStamp(slot.Address, slot.Shard.Id, slot.Shard.Epoch, FromEventsOnly: true));
    }

    public void Flush()
    {
        if (RetryAt is { } at && at > lane.Now)
        {
            return;
        }

        RetryAt = null;
        while (_wanted.Count > 0 && _inFlight < LaneLimits.LoadsInFlightMax)
        {
            var some = ImmutableArray.CreateBuilder<EntityStamp>(Math.Min(_wanted.Count, _cap));
            while (some.Count < _cap && _wanted.TryDequeue(out var stamp))
            {
                some.Add(stamp);
            }

            _inFlight++;
            lane.Emit(new LaneOutput.Load(some.ToImmutable()));
        }
    }

    /// <summary>See <see cref="LaneKernel.WhyOutOfBounds"/>.</summary>
    public string? WhyOutOfBounds() => _inFlight is < 0 or > LaneLimits.LoadsInFlightMax ? $"{_inFlight} loads in flight" : null;

    public void Succeeded()
    {
        _inFlight--;
        _cap = Math.Min(_cap * 2, LaneLimits.LoadMax);
        _backoff = BackoffFirst;
    }

    public void Failed(ImmutableArray<EntityStamp> entities, string why)
    {
        _inFlight--;

        // When it is one of them that the store cannot bring, as a history too long for its patience, smaller loads get the others past it.
        _cap = Math.Max(1, Math.Min(_cap, entities.Length / 2));
        foreach (var stamp in entities)
        {
            // Nobody may wait for it any more, its shard may have left.
            if (lane.Shards.TryGetValue(stamp.Shard, out var shard) && shard.Epoch == stamp.Epoch)
            {
                _wanted.Enqueue(stamp);
            }
        }

        RetryAt = lane.Now + (_backoff * (0.5 + lane.Settings.Random.NextDouble()));
        _backoff = _backoff * 2 > BackoffMax ? BackoffMax : _backoff * 2;
        lane.Note(LaneNote.StoreUnavailable, null, $"load of {entities.Length} entities: {why}");
    }
}
