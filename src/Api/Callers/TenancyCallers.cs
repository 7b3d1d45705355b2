using Gantry.Tenancy;

namespace Gantry.Api;

/// <summary>Finds callers by the tokens of Tenancy.</summary>
internal sealed class TenancyCallers(TokenAuthenticator tokens) : ICallers
{
    public async ValueTask<Caller?> FindAsync(string token, CancellationToken ct) =>
        await tokens.FindAsync(token, ct).ConfigureAwait(false) is { } user
            ? new Caller(user.Id, user.Silo, user.Name, user.FleetRole, user.SiloRole, user.ProjectRoles)
            : null;
}
