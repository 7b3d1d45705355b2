using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;

namespace Gantry.Api;

/// <summary>Finds the instance that a call means and checks what the caller may do with it. One of the two is set.</summary>
internal readonly record struct FoundInstance(InstanceRow? Row, IResult? Failure)
{
    /// <summary>The query parameter that scopes a name.</summary>
    public const string ProjectQuery = "project";

    /// <summary>By name within <c>project</c>, or by id without it (400 either way, as in Nexus).</summary>
    public static async ValueTask<FoundInstance> OfAsync(ApiCall call, Rank wanted, CancellationToken ct)
    {
        var text = call.Path("instance");
        var scope = call.Query.GetValueOrDefault(ProjectQuery);
        var isId = Guid.TryParseExact(text, "D", out var id);
        if (isId == scope is not null)
        {
            return new FoundInstance(null, call.Refuse(isId
                ? Refusal.Invalid("ProjectNotWanted", "when the instance is given by id, project must not be given", "leave project away")
                : Refusal.Invalid("ProjectMissing", $"instance \"{text}\" is a name, and names are unique in a project only", "add ?project=…")));
        }

        var row = isId
            ? (await call.Views.GetAsync(InstanceViews.Instances, id.ToString(), ct).ConfigureAwait(false))?.Row
            : null;
        if (scope is not null)
        {
            var project = await FoundProject.OfAsync(call, scope, Rank.Viewer, ct).ConfigureAwait(false);
            if (project.Row is not { } within)
            {
                return new FoundInstance(null, project.Failure);
            }

            row = (await call.Views.ByNameOrIdAsync(
                InstanceViews.Instances, text, ct, ("project", within.Id.ToString())).ConfigureAwait(false))?.Row;
        }

        return Judge(call, row, text, wanted);
    }

    private static FoundInstance Judge(ApiCall call, InstanceRow? row, string text, Rank wanted)
    {
        if (row is null || call.Caller.On(row.Silo, row.Project) is var rank && rank < Rank.Viewer)
        {
            return new FoundInstance(null, call.NotFound("instance", text));
        }

        return rank >= wanted
            ? new FoundInstance(row, null)
            : new FoundInstance(null, call.Refuse(ApiErrors.Forbidden(
                $"the role {FoundProject.WordOf(wanted)} on the instance's project", FoundProject.WordOf(rank))));
    }
}
