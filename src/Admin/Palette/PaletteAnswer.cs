using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Gantry.Actors;
using Gantry.Primitives;

namespace Gantry.Admin;

/// <summary>What a command answers.</summary>
public sealed record PaletteAnswer
{
    /// <summary>Rows of data; the one object of a command that shows one.</summary>
    public ImmutableArray<JsonObject> Rows { get; init; } = [];

    /// <summary>What was changed, or with a dry run would be, one line each.</summary>
    public ImmutableArray<string> Effects { get; init; } = [];

    /// <summary>A check that found something: <c>gantry</c> ends with 9.</summary>
    public bool IsDifference { get; init; }

    /// <summary>Set when it was refused; nothing was changed then.</summary>
    public Refusal? Why { get; init; }

    /// <summary>Rows.</summary>
    public static PaletteAnswer Of(IEnumerable<JsonObject> rows) => new() { Rows = [.. rows] };

    /// <summary>One object, or a refusal that there is none.</summary>
    public static PaletteAnswer One(JsonObject? row, string what, string name) =>
        row is null ? new PaletteAnswer { Why = Refusal.NotFound(what, name) } : new PaletteAnswer { Rows = [row] };

    /// <summary>From an operator's order.</summary>
    public static PaletteAnswer Of(AdminAnswer answer) => new() { Effects = answer.Effects, Why = answer.Why };

    /// <summary>From a check or rebuild: a row per finding.</summary>
    public static PaletteAnswer Of(CheckReport report, string what, bool isDone) => new()
    {
        Rows = [.. report.Findings.Select(f => new JsonObject { ["finding"] = f })],
        Effects =
        [
            $"{(report.Entities + report.Rows == 0 ? $"all {what}" : $"{report.Entities} entities, {report.Rows} {what}")} looked at, {report.FindingCount} findings"
                + (report.Changed == 0 ? "" : $", {report.Changed} rows {(isDone ? "written anew" : "would be written anew")}"),
        ],
        IsDifference = !report.IsClean && !isDone,
    };
}
