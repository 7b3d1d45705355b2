using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Primitives;

namespace Gantry.Actors.Runtime;

/// <summary>
/// Reconcilers as an operator sees them: each node works the keys of its shards, so all are asked and their answers put together. Bounded: a
/// node that is silent for two seconds is named as missing.
/// </summary>
public sealed class ReconcilerAdmin(ReconcilerHost host, INodes nodes) : IReconcilerAdmin, INodeQuestion
{
    // A key with its error is some 500 bytes: an answer stays below the frame's limit.
    private const int KeysMax = 1_000;
    private const int RoundsMax = 100;
    private const int ErrorCharsMax = 300;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public string Name => "reconcilers";

    /// <inheritdoc/>
    public async ValueTask<ReconcilerSight> ListAsync(CancellationToken ct)
    {
        var (told, missing) = await AskAsync(new ReconcilerAsked(null, null, null, null), ct).ConfigureAwait(false);
        return new ReconcilerSight
        {
            Cards = [.. told.SelectMany(t => t.Cards).GroupBy(c => c.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).Select(Together)],
            Missing = missing,
        };
    }

    /// <inheritdoc/>
    public async ValueTask<ReconcilerSight> KeysAsync(string reconciler, CancellationToken ct)
    {
        var keys = new SortedDictionary<string, ReconcilerKeyStatus>(StringComparer.Ordinal);
        var missing = ImmutableSortedSet<string>.Empty;
        string? after = null;
        for (var round = 0; round < RoundsMax; round++)
        {
            var (told, silent) = await AskAsync(new ReconcilerAsked(reconciler, after, null, null), ct).ConfigureAwait(false);
            missing = missing.Union(silent);
            foreach (var key in told.SelectMany(t => t.Keys))
            {
                keys[key.Key] = key;
            }

            // From where the first of them broke off.
            after = told.Where(t => t.HasMore).Select(t => t.Keys[^1].Key).Order(StringComparer.Ordinal).FirstOrDefault();
            if (after is null)
            {
                break;
            }
        }

        return new ReconcilerSight { Keys = [.. keys.Values], Missing = [.. missing] };
    }

    /// <inheritdoc/>
    public async ValueTask<AdminAnswer> PauseAsync(string reconciler, bool isPaused, AdminOrder order, CancellationToken ct)
    {
        var sight = await ListAsync(ct).ConfigureAwait(false);
        if (sight.Cards.FirstOrDefault(c => c.Name == reconciler) is not { } card)
        {
            return AdminAnswer.Refused(Refusal.NotFound("reconciler", reconciler));
        }

        var effect = isPaused
            ? $"{reconciler} starts no more turns on its {card.Keys} keys until it is told to go on; a node that restarts goes on"
            : $"{reconciler} goes on";
        if (order.IsDryRun)
        {
            return AdminAnswer.WouldDo(effect);
        }

        var (_, missing) = await AskAsync(new ReconcilerAsked(reconciler, null, isPaused, order.Caller.ToString()), ct).ConfigureAwait(false);
        return AdminAnswer.Done([effect, .. missing.Select(m => $"{m} did not answer and {(isPaused ? "goes on" : "may still hold it")}")]);
    }

    /// <inheritdoc/>
    public ValueTask<byte[]?> AnswerAsync(ReadOnlyMemory<byte> body, ShardSet owned, CancellationToken ct)
    {
        var asked = JsonSerializer.Deserialize(body.Span, RuntimeJson.Default.ReconcilerAsked) ?? throw new JsonException("nothing was asked");
        var told = asked switch
        {
            { Reconciler: { } name, IsPaused: { } isPaused } => Pause(name, isPaused, asked.Caller ?? "another node"),
            { Reconciler: { } name } => Keys(name, asked.After),
            _ => new ReconcilerTold([.. host.List()], [], HasMore: false),
        };
        return ValueTask.FromResult<byte[]?>(JsonSerializer.SerializeToUtf8Bytes(told, RuntimeJson.Default.ReconcilerTold));
    }

    private ReconcilerTold Pause(string name, bool isPaused, string caller)
    {
        host.Pause(name, isPaused, caller);
        return new ReconcilerTold([], [], HasMore: false);
    }

    private ReconcilerTold Keys(string name, string? after)
    {
        var rest = host.Keys(name).Where(k => after is null || string.CompareOrdinal(k.Key, after) > 0).ToList();
        return new ReconcilerTold([], [.. rest.Take(KeysMax).Select(Short)], rest.Count > KeysMax);
    }

    private static ReconcilerKeyStatus Short(ReconcilerKeyStatus key) =>
        key.LastError is { Length: > ErrorCharsMax } error ? key with { LastError = $"{error[..ErrorCharsMax]}…" } : key;

    private async ValueTask<(ImmutableArray<ReconcilerTold> Told, ImmutableArray<string> Missing)> AskAsync(ReconcilerAsked asked, CancellationToken ct)
    {
        var answers = await nodes.AskAsync(
            Name, JsonSerializer.SerializeToUtf8Bytes(asked, RuntimeJson.Default.ReconcilerAsked), Patience, ct).ConfigureAwait(false);
        return (
            [.. answers.Told.Select(t => JsonSerializer.Deserialize(t.Body, RuntimeJson.Default.ReconcilerTold)).OfType<ReconcilerTold>()],
            answers.Missing);
    }

    private static ReconcilerCard Together(IEnumerable<ReconcilerCard> cards)
    {
        var all = cards.ToList();
        var worst = all.MaxBy(c => c.WorstAttempts)!; // a group has one at least
        var reports = all.Where(c => c.Report is not null).Select(c => JsonSerializer.Deserialize(c.Report!, RuntimeJson.Default.JsonElement)).ToList();
        return all[0] with
        {
            Keys = all.Sum(c => c.Keys),
            Running = all.Sum(c => c.Running),
            Waiting = all.Sum(c => c.Waiting),
            Failing = all.Sum(c => c.Failing),
            WorstAttempts = worst.WorstAttempts,
            WorstKey = worst.WorstKey,
            WorstError = worst.WorstError,
            ConvergenceAge = all.Max(c => c.ConvergenceAge),
            IsListed = all.TrueForAll(c => c.IsListed),
            IsPaused = all.Exists(c => c.IsPaused),
            PausedBy = all.Select(c => c.PausedBy).FirstOrDefault(p => p is not null),
            Report = reports.Count == 0 ? null : ReportSum.Of(reports),
        };
    }
}

/// <summary>All reconcilers, or the keys of one after a key; or holds one, where a caller is named.</summary>
internal sealed record ReconcilerAsked(string? Reconciler, string? After, bool? IsPaused, string? Caller);

/// <summary>What one node says of its own.</summary>
internal sealed record ReconcilerTold(ImmutableArray<ReconcilerCard> Cards, ImmutableArray<ReconcilerKeyStatus> Keys, bool HasMore);
