using Gantry.Actors;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>A kind of object that belongs to a project.</summary>
/// <param name="Word">What it is called in messages.</param>
/// <param name="View">Where it is found; the view has the columns <c>name</c> and <c>project</c>.</param>
/// <param name="Home">Silo and project of one.</param>
internal sealed record ProjectObject<TRow>(string Word, ViewSchema<TRow> View, Func<TRow, (SiloId Silo, ProjectId Project)> Home)
    where TRow : class;

/// <summary>Finds an object of a project and checks what the caller may do with it. One of the two is set.</summary>
internal readonly record struct FoundInProject<TRow>(TRow? Row, IResult? Failure)
    where TRow : class
{
    /// <summary>By name in the project of the query, or by id. Below viewer it is hidden; below the wanted rank it is 403.</summary>
    public static async ValueTask<FoundInProject<TRow>> OfAsync(
        ApiCall call, ProjectObject<TRow> kind, string text, Rank wanted, CancellationToken ct)
    {
        (string Column, string Value)[] scope = [];
        if (!Guid.TryParseExact(text, "D", out _))
        {
            if (Finding.WhyNotNameOrId(kind.Word, text) is { } malformed)
            {
                return new FoundInProject<TRow>(null, call.Refuse(malformed));
            }

            if (!call.Query.TryGetValue(FoundInstance.ProjectQuery, out var project))
            {
                return new FoundInProject<TRow>(null, call.Refuse(Refusal.Invalid(
                    "ProjectRequired",
                    $"{kind.Word} \"{text}\" is a name: the query parameter project must say of which project",
                    "add ?project=")));
            }

            var found = await FoundProject.OfAsync(call, project, Rank.Viewer, ct).ConfigureAwait(false);
            if (found.Row is not { } within)
            {
                return new FoundInProject<TRow>(null, found.Failure);
            }

            scope = [("project", within.Id.ToString())];
        }

        var row = (await call.Views.ByNameOrIdAsync(kind.View, text, ct, scope).ConfigureAwait(false))?.Row;
        if (row is null || kind.Home(row) is var (silo, home) && call.Caller.On(silo, home) is var rank && rank < Rank.Viewer)
        {
            return new FoundInProject<TRow>(null, call.NotFound(kind.Word, text));
        }

        return rank >= wanted
            ? new FoundInProject<TRow>(row, null)
            : new FoundInProject<TRow>(null, call.Refuse(ApiErrors.Forbidden(
                $"the role {FoundProject.WordOf(wanted)} on the project of the {kind.Word}", FoundProject.WordOf(rank))));
    }

    /// <summary>Goes on with the object, or answers why not.</summary>
    public static async ValueTask<IResult> WithAsync(
        ApiCall call, ProjectObject<TRow> kind, string text, Rank wanted, Func<TRow, ValueTask<IResult>> then, CancellationToken ct)
    {
        var found = await OfAsync(call, kind, text, wanted, ct).ConfigureAwait(false);
        return found.Row is { } row ? await then(row).ConfigureAwait(false) : found.Failure!; // no row means a failure
    }
}
