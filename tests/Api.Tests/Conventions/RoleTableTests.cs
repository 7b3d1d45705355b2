using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Who may call what: every mapped operation times every role. An operation that does not say its role fails here.</summary>
[Collection(WorldGroup.Name)]
[Trait("spec", "ops/5")]
public sealed class RoleTableTests(World world)
{
    [Fact]
    public void Every_operation_says_who_may_call_it() => world.Operations
        .Where(o => o.Needs.Scope is RoleScope.Unsaid)
        .Select(o => $"{o.Id}: add .Fleet(rank), .OnSilo(rank), .OnProject(rank), .SignedIn() or .Free()")
        .ShouldBeEmpty();

    [Theory]
    [InlineData(null)]
    [InlineData("nobody")]
    [InlineData("viewer")]
    [InlineData("operator")]
    [InlineData("admin")]
    public async Task Every_operation_lets_in_who_has_its_role_and_nobody_else(string? role)
    {
        var failures = new List<string>();
        var before = await world.Host.PositionAsync();
        foreach (var operation in world.Operations.Where(o => !o.IsStream))
        {
            using var client = world.As(role is null ? null : world.Tokens[role], operation);
            var answer = await client.SendAsync(
                operation.Method, world.PathOf(operation, operation.IsWrite ? ["dry_run=true"] : []), World.BodyOf(operation));
            if (WhyWrong(operation, role, answer) is { } why)
            {
                failures.Add($"{operation.Id} ({operation.Needs}) as {role ?? "nobody signed in"}: {why}; {answer}");
            }
        }

        failures.ShouldBeEmpty();
        (await world.ChangesSinceAsync(before)).ShouldBeEmpty();
    }

    private static string? WhyWrong(Operation operation, string? role, ApiAnswer answer)
    {
        if (role is null)
        {
            return operation.IsFree == (answer.Status != 401) && (operation.IsFree || answer.Body.Text("error_code") == "Unauthorized")
                ? null
                : "wanted 401 Unauthorized";
        }

        if (Ranks.Of(role) >= operation.Needs.Rank)
        {
            return answer.Status is 401 or 403 ? "wanted to be let in" : answer.Status >= 500 ? "wanted no server error" : null;
        }

        // Below viewer an object of a silo or project is hidden, and so are changes to instances (multicast 3.8).
        var isHidden = (operation.IsHidden && answer.Status == 404) || operation.Needs.Scope is RoleScope.Silo or RoleScope.Project && answer.Status == 404;
        return isHidden || (answer.Status == 403 && answer.Body.Text("error_code") == "Forbidden") ? null : "wanted 403 Forbidden";
    }
}
