using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Multicast;
using Gantry.Primitives;

namespace Gantry.Api;

/// <summary>
/// Looks up whether a name that a trial would claim is taken. Claims belong to the store and show only in a commit; names also stand in
/// views, which commit with them.
/// </summary>
internal static class TakenClaims
{
    /// <summary>The refusal that the real command would get, or null.</summary>
    public static async ValueTask<Refusal?> WhyNotAsync(IViews views, DryRun trial, CancellationToken ct)
    {
        foreach (var step in trial.Steps)
        {
            foreach (var claim in step.Effects.OfType<Effect.Claim>())
            {
                if (await HolderAsync(views, claim, ct).ConfigureAwait(false) is { } holder && holder != step.Entity.Key)
                {
                    return new Refusal(
                        RefusalKind.AlreadyExists,
                        "ObjectAlreadyExists",
                        $"already exists: {claim.Space} \"{claim.Value}\", held by {holder}",
                        "choose another name or use the one that exists");
                }
            }
        }

        return null;
    }

    private static ValueTask<string?> HolderAsync(IViews views, Effect.Claim claim, CancellationToken ct)
    {
        var at = claim.Value.IndexOf('/', StringComparison.Ordinal);
        var (scope, name) = at < 0 ? ("", claim.Value) : (claim.Value[..at], claim.Value[(at + 1)..]);
        return claim.Space switch
        {
            "silo-name" => KeyOf(views, new ViewQuery<SiloRow>(TenancyViews.Silos).WhereEqual("name", name), ct),
            "project-name" => KeyOf(
                views, new ViewQuery<ProjectRow>(TenancyViews.Projects).WhereEqual("name", name).WhereEqual("silo", scope), ct),
            "user-name" => KeyOf(views, new ViewQuery<UserRow>(TenancyViews.Users).WhereEqual("name", name).WhereEqual("silo", scope), ct),
            "instance-name" => KeyOf(
                views, new ViewQuery<InstanceRow>(InstanceViews.Instances).WhereEqual("name", name).WhereEqual("project", scope), ct),
            "ip-pool-name" => KeyOf(views, new ViewQuery<IpPoolRow>(PoolViews.Pools).WhereEqual("name", name), ct),
            _ => ValueTask.FromResult<string?>(null),
        };
    }

    private static async ValueTask<string?> KeyOf<TRow>(IViews views, ViewQuery<TRow> query, CancellationToken ct) where TRow : class =>
        (await views.FirstAsync(query, ct).ConfigureAwait(false))?.Key;
}
