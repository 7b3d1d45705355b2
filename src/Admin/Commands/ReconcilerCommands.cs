using System.Text.Json.Nodes;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Admin;

/// <summary><c>reconciler</c>: list, show, nudge, pause, resume.</summary>
internal sealed class ReconcilerCommands(IReconcilerAdmin admin, IReconcilers reconcilers) : IPaletteSource
{
    private const string Noun = "reconciler";

    private static readonly PaletteArgument s_name = new("name", "Name as reconciler list shows it.") { IsRequired = true };

    public IEnumerable<PaletteCommand> Commands() =>
    [
        new()
        {
            Noun = Noun, Verb = "list", Help = "Reconcilers of all nodes and how their keys stand.",
            Columns =
            [
                new("NAME", "name"), new("KEYS", "keys"), new("RUNNING", "running"), new("WAITING", "waiting"), new("FAILING", "failing"),
                new("PERIOD", "period"), new("PAUSED", "paused_by"), new("WORST", "worst_key"), new("ERROR", "worst_error"),
            ],
            RunAsync = async (_, ct) => Of(await admin.ListAsync(ct).ConfigureAwait(false)),
        },
        new()
        {
            Noun = Noun, Verb = "show", Help = "Keys of a reconciler: state, last success, last error, next turn, generation wanted and applied.", Arguments = [s_name],
            Columns =
            [
                new("KEY", "key"), new("STATE", "state"), new("WANTED", "wanted_generation"), new("APPLIED", "applied_generation"),
                new("SUCCESS", "last_success", IsAge: true), new("ATTEMPTS", "attempts"), new("DUE", "due"), new("ERROR", "last_error"),
            ],
            RunAsync = async (call, ct) => await WhyNotKnownAsync(call, ct).ConfigureAwait(false)
                ?? Of(await admin.KeysAsync(call.Text("name"), ct).ConfigureAwait(false)),
        },
        new()
        {
            Noun = Noun, Verb = "nudge", Help = "Makes it look now, at one key or at every key, without waiting for a back-off.",
            Arguments = [s_name, new("key", "Key as reconciler show lists it; without it every key.") { IsPlaced = true }], Grade = PaletteGrade.Reversible,
            RunAsync = NudgeAsync,
        },
        Hold("pause", "Starts no more turns until it is resumed or the node restarts: what should be is no longer made so.", PaletteGrade.Disruptive, isPaused: true),
        Hold("resume", "Goes on with turns.", PaletteGrade.Reversible, isPaused: false),
    ];

    private PaletteCommand Hold(string verb, string help, PaletteGrade grade, bool isPaused) => new()
    {
        Noun = Noun, Verb = verb, Help = help, Arguments = [s_name], Grade = grade,
        RunAsync = async (call, ct) => await WhyNotKnownAsync(call, ct).ConfigureAwait(false)
            ?? PaletteAnswer.Of(await admin.PauseAsync(call.Text("name"), isPaused, call.Order, ct).ConfigureAwait(false)),
    };

    private async ValueTask<PaletteAnswer> NudgeAsync(PaletteCall call, CancellationToken ct)
    {
        var name = call.Text("name");
        var key = call.TextOrNull("key");
        if (await WhyNotKnownAsync(call, ct).ConfigureAwait(false) is { } no)
        {
            return no;
        }

        var sight = await admin.KeysAsync(name, ct).ConfigureAwait(false);
        if (key is not null && sight.Missing.IsEmpty && sight.Keys.All(k => k.Key != key))
        {
            return new PaletteAnswer { Why = Refusal.NotFound($"key of {name}", key) };
        }

        if (!call.Order.IsDryRun)
        {
            reconcilers.Nudge(name, key, forgetBackoff: true);
        }

        return new PaletteAnswer
        {
            Effects = [key is null ? $"{name}: {sight.Keys.Length} keys are looked at now" : $"{name}: {key} is looked at now", .. Missing(sight)],
        };
    }

    // Null when there is a reconciler of that name.
    private async ValueTask<PaletteAnswer?> WhyNotKnownAsync(PaletteCall call, CancellationToken ct)
    {
        var known = (await admin.ListAsync(ct).ConfigureAwait(false)).Cards.Select(r => r.Name).ToList();
        return known.Contains(call.Text("name"))
            ? null
            : new PaletteAnswer { Why = Refusal.NotFound(Noun, call.Text("name")) with { Remedy = $"use {string.Join(", ", known)}" } };
    }

    private static PaletteAnswer Of(ReconcilerSight sight) =>
        PaletteAnswer.Of(sight.Cards.Select(Row).Concat(sight.Keys.Select(Row))) with { Effects = [.. Missing(sight)] };

    private static IEnumerable<string> Missing(ReconcilerSight sight) =>
        sight.Missing.Select(node => $"{node} did not answer: what it works on is not counted (gantry cluster show)");

    /// <summary>In the largest unit that leaves whole numbers: <c>250 ms</c>, <c>90 s</c>, <c>10 min</c>; one without a period looks when it is told to.</summary>
    internal static string PeriodText(TimeSpan period) =>
        period == TimeSpan.Zero ? "nudged" :
        period.Ticks % TimeSpan.TicksPerSecond != 0 ? $"{(long)period.TotalMilliseconds} ms"
        : period.Ticks % TimeSpan.TicksPerMinute != 0 ? $"{(long)period.TotalSeconds} s"
        : $"{(long)period.TotalMinutes} min";

    private static JsonObject Row(ReconcilerCard card) => new()
    {
        ["name"] = card.Name, ["period"] = PeriodText(card.Period), ["period_ms"] = (long)card.Period.TotalMilliseconds, ["concurrency"] = card.Concurrency, ["keys"] = card.Keys, ["running"] = card.Running,
        ["waiting"] = card.Waiting, ["failing"] = card.Failing, ["worst_key"] = card.WorstKey, ["worst_error"] = card.WorstError,
        ["convergence_age_ms"] = (long)card.ConvergenceAge.TotalMilliseconds, ["listed"] = card.IsListed, ["paused"] = card.IsPaused, ["paused_by"] = card.PausedBy,
        ["report"] = card.Report is null ? null : JsonNode.Parse(card.Report),
    };

    private static JsonObject Row(ReconcilerKeyStatus status) => new()
    {
        ["key"] = status.Key, ["state"] = status.State, ["last_success"] = Args.Time(status.LastSuccess), ["last_error"] = status.LastError,
        ["attempts"] = status.Attempts, ["due"] = Args.Time(status.Due), ["wanted_generation"] = status.Wanted, ["applied_generation"] = status.Applied,
    };
}
