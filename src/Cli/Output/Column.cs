using System.Globalization;
using System.Text.Json;

namespace Gantry.Cli;

/// <summary>A column of a table. Heads are a stable contract.</summary>
/// <param name="Head">Upper case.</param>
/// <param name="Cell">The cell of a row.</param>
/// <param name="IsWide">Shown with <c>-o wide</c> only.</param>
internal sealed record Column(string Head, Func<JsonElement, string> Cell, bool IsWide = false)
{
    /// <summary>The cell in full, where <see cref="Cell"/> shortens it.</summary>
    public Func<JsonElement, string>? WholeCell { get; init; }

    /// <summary>The member that rows are ordered by; null orders by what is shown.</summary>
    public string? Path { get; init; }

    /// <summary>It shows how long ago the member was, so that the order of the member is the other way round.</summary>
    public bool IsAge { get; init; }

    /// <summary>A column that shows a member; dots go into objects.</summary>
    public static Column Of(string head, string path, bool isWide = false) => new(head, row => row.Text(path), isWide) { Path = path };

    /// <summary>An id, cut in the middle unless wide.</summary>
    public static Column Id(string head, string path, bool isWide = false) =>
        new(head, row => Ids.Short(row.Text(path)), isWide) { WholeCell = row => row.Text(path), Path = path };

    /// <summary>How long ago a time was; the time itself with <c>--utc</c>.</summary>
    public static Column Age(Session session, string head, string path) => new(
        head,
        row => DateTimeOffset.TryParse(row.TextOrNull(path), out var time)
            ? session.IsUtc ? time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) : Durations.Age(session.Host.Clock.GetUtcNow() - time)
            : JsonText.None) { Path = path, IsAge = true };
}
