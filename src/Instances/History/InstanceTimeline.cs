using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>
/// What happened around instances and is not worth a commit: rings and pulls, newest kept. It is gone with the process; what an instance
/// itself went through is in the view <c>instance_events</c>. Thread-safe.
/// </summary>
public sealed class InstanceTimeline(TimeProvider time)
{
    /// <summary>Lines kept of one instance.</summary>
    public const int LinesMax = 32;

    /// <summary>Instances kept: the VMMs of one rack (engine 1.4). Beyond it the first one found is dropped.</summary>
    public const int InstancesMax = 10_000;

    private readonly ConcurrentDictionary<InstanceId, ImmutableQueue<TimelineNote>> _notes = new();

    /// <summary>Lines of an instance, oldest first.</summary>
    public ImmutableArray<TimelineNote> Of(InstanceId instance) => _notes.TryGetValue(instance, out var notes) ? [.. notes] : [];

    /// <summary>Adds a line. The same again, as the newest one, is one line with the later time: a sled that is away would fill the history alone.</summary>
    internal void Note(InstanceId instance, VmmId vmm, string what, string detail)
    {
        var note = new TimelineNote(time.GetUtcNow(), vmm, what, detail);
        if (_notes.Count >= InstancesMax && !_notes.ContainsKey(instance) && _notes.Keys.FirstOrDefault() is var oldest)
        {
            _notes.TryRemove(oldest, out _);
        }

        _notes.AddOrUpdate(
            instance,
            _ => [note],
            (_, notes) =>
            {
                if (notes.Last() is var last && last.IsAlike(note))
                {
                    return [.. notes.SkipLast(1), note with { Times = last.Times + 1 }];
                }

                var longer = notes.Enqueue(note);
                return longer.Count() > LinesMax ? longer.Dequeue() : longer;
            });
    }
}

/// <summary>One line.</summary>
/// <param name="At">When.</param>
/// <param name="Vmm">The VMM.</param>
/// <param name="What"><c>ring</c> or <c>pull</c>.</param>
/// <param name="Detail">For people.</param>
public sealed record TimelineNote(DateTimeOffset At, VmmId Vmm, string What, string Detail)
{
    /// <summary>How often it came in a row; <see cref="At"/> is the last time.</summary>
    public int Times { get; init; } = 1;

    internal bool IsAlike(TimelineNote other) => Vmm == other.Vmm && What == other.What && Detail == other.Detail;
}
