namespace Gantry.Actors.Storage.Postgres;

/// <summary>
/// Marks beside the shapes of views (engine 3.6): this one is to be folded anew when no node of the release before is left. No view can have such
/// a name.
/// </summary>
internal static class ViewMarks
{
    private const string Suffix = "+unfolded";

    public static SqlCall All => new($"SELECT left(name, -{Suffix.Length}), shape FROM view_shape WHERE name LIKE '%{Suffix}' ORDER BY name");

    public static string Of(string view) => view + Suffix;

    /// <summary>One that changed again has another shape by now, and stays.</summary>
    public static SqlCall Remove(IReadOnlyList<UnfoldedView> views) => new SqlCall(
        "DELETE FROM view_shape s USING unnest($1, $2) AS t(name, shape) WHERE s.name = t.name AND s.shape = t.shape")
        .Texts(views, v => Of(v.View)).Texts(views, v => v.Shape);
}
