using System.Text.Json.Serialization;
using Gantry.Actors;

namespace Gantry.Store.Conformance;

/// <summary>The row of the views that the suites write.</summary>
public sealed record ThingRow(string? Name, long? Size, string? Group);

/// <summary>Writes rows.</summary>
[JsonSerializable(typeof(ThingRow))]
public sealed partial class ThingJson : JsonSerializerContext;

/// <summary>Views of the suites.</summary>
public static class ThingViews
{
    /// <summary>Columns that are SQL words are on purpose.</summary>
    public static readonly ViewSchema<ThingRow> Things = new(
        "things",
        ThingJson.Default.ThingRow,
        ViewColumn<ThingRow>.Text("name", r => r.Name),
        ViewColumn<ThingRow>.Integer("size", r => r.Size),
        ViewColumn<ThingRow>.Text("group", r => r.Group));

    /// <summary>A view without columns of its own.</summary>
    public static readonly ViewSchema<ThingRow> Plain = new("plain", ThingJson.Default.ThingRow);
}
