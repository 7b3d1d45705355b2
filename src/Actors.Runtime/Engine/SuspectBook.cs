using System.Collections.Immutable;
using Gantry.Actors.Storage;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Runtime;

/// <summary>Suspect marks in the store (engine 4.4): written before a risk is taken or by the watch-dog, read at every join.</summary>
internal sealed class SuspectBook(IStoreMaintenance? store, string nodeId, TimeProvider time, ILogger log)
{
    /// <summary>Marks of one entity within <see cref="Window"/> at which it is quarantined before anything of it runs.</summary>
    public const int MarksMax = 2;

    /// <summary>
    /// The same where some of the marks say only whose code ran when a process ended: that may have been anybody's kill, so one more is asked for.
    /// </summary>
    public const int DeathsMax = 3;

    public static readonly TimeSpan Window = TimeSpan.FromHours(1);

    private const string Died = " when the process ended";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Writes a mark in the background.</summary>
    public void Note(EntityAddress entity, string what) => _ = TryWriteAsync(entity, what);

    /// <summary>Writes a mark; false when it cannot be written in time.</summary>
    public async Task<bool> TryWriteAsync(EntityAddress entity, string what)
    {
        if (store is null)
        {
            return false;
        }

        using var late = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            await store.AddSuspectAsync(new SuspectRow(entity, what, nodeId, time.GetUtcNow()), late.Token).AsTask()
                .WaitAsync(late.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is StoreConnectionException or OperationCanceledException)
        {
            RuntimeLog.SuspectNotWritten(log, entity.ToString(), e.Message);
            return false;
        }
    }

    /// <summary>Opens the file of turns and writes a mark for everybody whose code ran when the process before this one ended.</summary>
    public async Task<TurnFile?> OpenTurnsAsync(string? path)
    {
        if (path is null || store is null)
        {
            return null;
        }

        try
        {
            var (file, left) = TurnFile.Open(path);
            foreach (var (entity, what) in left.Distinct())
            {
                RuntimeLog.RanWhenTheProcessEnded(log, entity.ToString(), what);
                await TryWriteAsync(entity, what + Died).ConfigureAwait(false);
            }

            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            RuntimeLog.NoTurnsFile(log, path, e.Message);
            return null;
        }
    }

    /// <summary>Removes the marks of an entity that ran well, or that an operator released.</summary>
    public async Task ForgetAsync(EntityAddress entity, CancellationToken ct)
    {
        if (store is not null)
        {
            await store.ForgetSuspectsAsync(entity, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Entities that must not run: see <see cref="MarksMax"/> and <see cref="DeathsMax"/>.</summary>
    public async Task<ImmutableArray<(EntityAddress Entity, string Why)>> ReadAsync(CancellationToken ct)
    {
        if (store is null)
        {
            return [];
        }

        var marks = await store.ListSuspectsAsync(time.GetUtcNow() - Window, ct).ConfigureAwait(false);
        return
        [
            .. marks.GroupBy(m => m.Entity).Where(IsTooMuch).Select(g => (
                g.Key, $"SUSPECT: named {g.Count()} times within an hour, last in {g.Last().Tag} at {g.Last().At:u}")),
        ];
    }

    private static bool IsTooMuch(IGrouping<EntityAddress, SuspectRow> marks) =>
        marks.Count() >= DeathsMax || marks.Count(m => !m.Tag.EndsWith(Died, StringComparison.Ordinal)) >= MarksMax;
}
