using System.Text;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>
/// Bodies that were damaged at random, sent to every operation that takes one: an answer below 500 in the shape of the house, and nothing
/// changed. The seed is fixed; a failure names the operation and the body.
/// </summary>
[Collection(WorldGroup.Name)]
[Trait("spec", "ops/5")]
public sealed class BodyFuzzTests(World world)
{
    private const ulong Seed = 20_250_717;
    private const int BodiesPerOperation = 40;

    private static readonly string[] s_pieces =
        ["{", "}", "[", "]", "\"", ",", ":", "null", "true", "-1", "1e400", "\\u0000", "\\ud800", "\u0000", "é", "0x10", "{\"a\":", "99999999999999999999"];

    [Fact]
    public async Task No_damaged_body_is_an_error_of_ours_and_none_changes_anything()
    {
        // A caller of its own: the bound on writes of the shared one belongs to the other tests.
        var token = await world.Host.UserAsync("fuzz", fleetRole: "admin");
        var random = new SeededRandomSource(Seed);
        var before = await world.Host.PositionAsync();
        var failures = new List<string>();
        var tried = 0;
        foreach (var operation in world.Operations.Where(o => o.IsWrite && o.Listener is ListenerKind.External && World.BodyOf(o) is not null))
        {
            using var client = world.As(token, operation);
            for (var i = 0; i < BodiesPerOperation; i++)
            {
                tried++;
                var body = Damage(World.BodyOf(operation)!, random);
                var answer = await client.SendAsync(operation.Method, world.PathOf(operation, "dry_run=true"), body);
                if (answer.Status >= 500 || (answer.Status >= 400 && answer.Body.Text("message") is null))
                {
                    failures.Add($"seed {Seed}, {operation.Id}, {body}: {answer}");
                }
            }
        }

        failures.ShouldBeEmpty();
        tried.ShouldBeGreaterThan(500);
        (await world.ChangesSinceAsync(before)).ShouldBeEmpty();
    }

    private static string Damage(string body, IRandomSource random)
    {
        var text = new StringBuilder(body);
        for (var i = random.Next(3); i >= 0 && text.Length > 0; i--)
        {
            var at = random.Next(text.Length);
            switch (random.Next(4))
            {
                case 0:
                    text.Remove(at, Math.Min(1 + random.Next(4), text.Length - at));
                    break;
                case 1:
                    text.Insert(at, s_pieces[random.Next(s_pieces.Length)]);
                    break;
                case 2:
                    text[at] = (char)(32 + random.Next(95));
                    break;
                default:
                    text.Length = at;
                    break;
            }
        }

        return text.ToString();
    }
}
