using Gantry.Contracts;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Finds the project that a call means and checks what the caller may do there. One of the two is set.</summary>
internal readonly record struct FoundProject(ProjectRow? Row, IResult? Failure)
{
    /// <summary>By name in the caller's own silo, or by id anywhere. Below viewer the project is hidden; below the wanted rank it is 403.</summary>
    public static async ValueTask<FoundProject> OfAsync(ApiCall call, string nameOrId, Rank wanted, CancellationToken ct)
    {
        if (Finding.WhyNotNameOrId("project", nameOrId) is { } why)
        {
            return new FoundProject(null, call.Refuse(why));
        }

        var found = await call.Views.ByNameOrIdAsync(
            TenancyViews.Projects, nameOrId, ct, ("silo", call.Caller.Silo.ToString())).ConfigureAwait(false);
        if (found is null || call.Caller.On(found.Row.Silo, found.Row.Id) < Rank.Viewer)
        {
            return new FoundProject(null, call.NotFound("project", nameOrId));
        }

        var rank = call.Caller.On(found.Row.Silo, found.Row.Id);
        return rank >= wanted
            ? new FoundProject(found.Row, null)
            : new FoundProject(null, call.Refuse(ApiErrors.Forbidden($"the role {WordOf(wanted)} on the project", WordOf(rank))));
    }

    /// <summary>Goes on with the project of the query, or answers why not.</summary>
    public static async ValueTask<IResult> WithAsync(
        ApiCall call, Rank wanted, Func<ProjectRow, ValueTask<IResult>> then, CancellationToken ct)
    {
        var found = await OfAsync(call, call.Query[FoundInstance.ProjectQuery], wanted, ct).ConfigureAwait(false);
        return found.Row is { } row ? await then(row).ConfigureAwait(false) : found.Failure!; // no row means a failure
    }

    internal static string WordOf(Rank rank) => rank switch
    {
        Rank.Admin => "admin",
        Rank.Operator => "collaborator",
        _ => "viewer",
    };
}
