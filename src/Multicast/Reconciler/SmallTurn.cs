using Gantry.Actors;
using Gantry.Devices;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Multicast;

/// <summary>
/// A turn over the groups that are behind on one switch, each read, written and read back by its tag and reported as soon as it is right: the
/// cost follows what changed, not what there is.
/// </summary>
internal sealed class SmallTurn(
    IViews views, UnderlayLinker linker, GroupConverger converger, GroupReporter reporter, MulticastStatus status, TimeProvider time, ILogger<SmallTurn> log)
{
    // More than these are read faster by one list.
    private const int GroupsMax = 128;

    // Reads of some groups run beside the writes of others; the writes themselves are one sequence.
    private const int AtOnce = 8;

    /// <summary>Null: this takes a full turn.</summary>
    public async ValueTask<Reconciled?> RunAsync(string key, ISwitchPort port, SwitchMemory memory, CancellationToken ct)
    {
        if (await DesiredReader.ReadBehindAsync(views, key, GroupsMax, ct).ConfigureAwait(false) is not { } world
            || world.Places != memory.Places)
        {
            return null;
        }

        if (await linker.LinkAsync(world, ct).ConfigureAwait(false))
        {
            return null; // one that was waited for: a look at everything does no harm
        }

        var work = new Work(key, port, memory, world);
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => RunAsync(work, ct))).ConfigureAwait(false);
        if (memory.NeedsFull && !work.IsSilent)
        {
            return null;
        }

        var gone = await TurnReport.CountGoneAsync(views, world, work.Right, ct).ConfigureAwait(false);
        status.Record(key, TurnReport.Of(world, memory, work.Right, work.Errors, gone));
        return work.Errors.IsEmpty ? Reconciled.Done : Reconciled.Retry(work.Errors.Summary);
    }

    private async Task RunAsync(Work work, CancellationToken ct)
    {
        while (work.Next() is { } group)
        {
            if (group.Kind == DesiredKind.LeftAlone)
            {
                continue;
            }

            // Once the switch is silent, the rest is left out with it and not asked again one deadline after another.
            var end = work.Silence ?? await converger.ConvergeAsync(work.Key, work.Port, group, work.Memory, ct).ConfigureAwait(false);
            if (end.IsSilent)
            {
                work.Silence = end;
            }

            if (end.Error is null && !group.Unknown.IsEmpty)
            {
                // No row lags behind because of it, so the next small turn would not see it.
                work.Fail(group.Id, $"group {group.Name}: it is not known yet where {group.Unknown.Length} of its sleds are cabled");
                work.Memory.NeedsFull = true;
            }
            else if (end.Error is { } error)
            {
                log.GroupWrong(group.Id.ToString(), work.Key, error);
                work.Fail(group.Id, $"group {group.Name}: {error}");
            }
            else
            {
                work.Succeed(group.Id);
            }

            if (end.IsUnsent)
            {
                continue;
            }

            var report = TurnReport.For(work.Key, group, end, time.GetUtcNow());
            if (await reporter.SendAsync(work.World, [(group.Id, report)], ct).ConfigureAwait(false) is { } unreported)
            {
                work.Fail(group.Id, unreported);
            }
        }
    }

    /// <summary>Shared by the workers of one turn; they take turns at it, never waiting inside.</summary>
    private sealed class Work(string key, ISwitchPort port, SwitchMemory memory, DesiredWorld world)
    {
        private readonly Lock _lock = new();
        private int _next;

        public string Key => key;

        public ISwitchPort Port => port;

        public SwitchMemory Memory => memory;

        public DesiredWorld World => world;

        public List<GroupId> Right { get; } = [];

        public TurnErrors Errors { get; } = new();

        public GroupEnd? Silence { get; set; }

        public bool IsSilent => Silence is not null;

        public DesiredGroup? Next()
        {
            lock (_lock)
            {
                return _next < world.Document.Groups.Length ? world.Document.Groups[_next++] : null;
            }
        }

        public void Succeed(GroupId group)
        {
            lock (_lock)
            {
                Right.Add(group);
            }
        }

        public void Fail(GroupId group, string error)
        {
            lock (_lock)
            {
                Errors.Add(world.Details[group].State, error);
            }
        }
    }
}
