using System.Text;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>
/// No answer holds a secret: every operation, the metrics and every look of the palette are read and searched for the secret halves of the tokens
/// that this world knows (engine 10.5). The one answer that makes a token shows it once and is not asked here.
/// </summary>
[Trait("spec", "engine/10.5")]
[Collection(WorldGroup.Name)]
public sealed class SecretCanaryTests(World world)
{
    [Fact]
    public async Task No_answer_of_any_operation_to_anybody_holds_a_token()
    {
        var found = new List<string>();
        foreach (var operation in world.Operations.Where(o => o.Id != "watch"))
        {
            foreach (var token in (string?[])[world.Host.AdminToken, world.Tokens["viewer"], "gnt_deadbeef_00000000000000000000000000000000", null])
            {
                using var caller = world.As(token, operation);
                var answer = operation.Method == "GET"
                    ? await caller.GetAsync(world.PathOf(operation))
                    : await caller.SendAsync(operation.Method, world.PathOf(operation, "dry_run=true"), World.BodyOf(operation));
                Search(found, $"{operation.Id} {answer.Status}", answer.Text + string.Join(' ', answer.Headers.Values));
            }
        }

        found.ShouldBeEmpty();
    }

    [Fact]
    public async Task No_look_of_the_palette_and_no_metric_holds_a_token()
    {
        var found = new List<string>();
        foreach (var line in (string[])
        [
            "journal tail --limit 1000 -o json", "claim list --limit 1000 -o json", "mail list --moving -o json", "audit list -o json", "cluster show -o json",
            "store show -o json", "reconciler list -o json", "saga list -o json", "entity quarantined -o json",
        ])
        {
            var run = await CliRun.OfAsync(world.Host, line);
            Search(found, line, run.Out + run.Error);
        }

        var users = await CliRun.OfAsync(world.Host, "claim list user-name --limit 1000 -o json");
        foreach (var holder in System.Text.Json.JsonDocument.Parse(users.Out).RootElement.EnumerateArray().Select(c => c.Text("holder")))
        {
            Search(found, $"entity state {holder}", (await CliRun.OfAsync(world.Host, $"entity state {holder} -o json")).Out);
            Search(found, $"entity events {holder}", (await CliRun.OfAsync(world.Host, $"entity events {holder} -o json")).Out);
        }

        using var http = world.Host.Client(world.Host.AdminToken);
        Search(found, "metrics", await http.GetStringAsync(new Uri("/metrics", UriKind.Relative)));
        found.ShouldBeEmpty();
    }

    [Fact]
    public void The_search_finds_what_is_there()
    {
        var found = new List<string>();
        Search(found, "planted", $"x{SecretOf(world.Host.AdminToken)}y");
        Search(found, "planted in base64", Convert.ToBase64String(Encoding.UTF8.GetBytes(SecretOf(world.Host.AdminToken))));
        found.Count.ShouldBe(2);
    }

    private IEnumerable<string> Secrets => world.Tokens.Values.Append(world.Host.AdminToken).Select(SecretOf);

    // gnt_<prefix>_<secret>: the prefix is shown on purpose.
    private static string SecretOf(string token) => token[(token.LastIndexOf('_') + 1)..];

    private void Search(List<string> found, string where, string text)
    {
        if (Secrets.Any(s => text.Contains(s, StringComparison.OrdinalIgnoreCase) || text.Contains(Convert.ToBase64String(Encoding.UTF8.GetBytes(s)).TrimEnd('='), StringComparison.Ordinal)))
        {
            found.Add(where);
        }
    }
}
