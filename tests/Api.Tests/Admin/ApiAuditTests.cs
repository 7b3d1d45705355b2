using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Gantry.Actors;
using Gantry.Admin;
using Gantry.Hosting;
using Gantry.Primitives;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Every write over the API is in the trail, with caller, address, request, object and how it ended; and the trail costs no write anything.</summary>
[Trait("spec", "ops/5")]
public sealed class ApiAuditTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_write_and_a_refused_write_are_in_the_audit_and_a_read_is_not()
    {
        await using var rack = await RackHost.StartAsync(new RackHostOptions { Sleds = 1 });
        var made = await rack.Admin.PostAsync("/v1/projects", new { Name = "audited", Description = "" }).Expect(201);
        var refused = await rack.Admin.PostAsync("/v1/projects", new { Name = "audited", Description = "" }).Expect(400);
        var unreadable = await rack.Admin.PostAsync("/v1/projects", "{").Expect(400);
        var absent = await rack.Admin.DeleteAsync("/v1/projects/nowhere").Expect(404);
        var read = await rack.Admin.GetAsync("/v1/projects/audited").Expect(200);
        var tried = await rack.Admin.PostAsync("/v1/projects?dry_run=true", new { Name = "tried", Description = "" }).Expect(200);
        using var nobody = new ApiClient(new HttpClient { BaseAddress = rack.Node.External });
        var stranger = await nobody.DeleteAsync("/v1/projects/audited").Expect(401);
        var last = await rack.Admin.DeleteAsync("/v1/projects/audited").Expect(204);

        var lines = await LinesAsync(rack, last);

        Of(made).ShouldBe("project_create POST /v1/projects name=audited: done");
        Of(refused).ShouldBe($"project_create POST /v1/projects name=audited: refused: {refused.Body.Text("reason") ?? refused.Body.Text("error_code")}");
        Of(unreadable).ShouldBe($"project_create POST /v1/projects: refused: {unreadable.Body.Text("reason")}");
        Of(absent).ShouldBe($"project_delete DELETE /v1/projects/nowhere: refused: {absent.Body.Text("reason") ?? absent.Body.Text("error_code")}");
        Of(last).ShouldBe("project_delete DELETE /v1/projects/audited: done");
        foreach (var unheard in (ApiAnswer[])[read, tried, stranger])
        {
            lines.ShouldNotContain(l => l.Text("request") == unheard.Headers["x-request-id"], unheard.ToString());
        }

        lines.ShouldAllBe(l => l.Text("caller") == "admin" && l.Text("address") == "127.0.0.1" && l.Text("at") != null);
        (await rack.Admin.GetAsync("/v1/events?limit=1000").Expect(200)).Text.ShouldNotContain("api-audit", customMessage: "the trail is no event of the rack");

        string Of(ApiAnswer answer) => lines.Where(l => l.Text("request") == answer.Headers["x-request-id"])
            .Select(l => $"{l.Text("command")} {l.Text("arguments")}: {l.Text("outcome")}").ShouldHaveSingleItem(answer.ToString());
    }

    [Fact]
    public async Task The_generations_before_and_after_are_in_the_audit()
    {
        await using var rack = await RackHost.StartAsync(new RackHostOptions { Sleds = 1 });
        var made = await rack.Admin.PostAsync("/v1/projects", new { Name = "audited", Description = "" }).Expect(201);
        var changed = await rack.Admin.PutAsync("/v1/projects/audited", new { Description = "other" }, ("If-Match", made.ETag)).Expect(200);

        var line = (await LinesAsync(rack, changed)).Single(l => l.Text("request") == changed.Headers["x-request-id"]);

        $"\"g{line.GetProperty("before").GetInt64()}\"".ShouldBe(made.ETag);
        $"\"g{line.GetProperty("after").GetInt64()}\"".ShouldBe(changed.ETag);
    }

    [Fact]
    public async Task What_finds_no_room_is_counted_and_the_trail_says_how_many()
    {
        var entities = new Taker();
        await using var audit = new ApiAudit(entities, TimeProvider.System, SystemRandomSource.Instance, NullLogger<ApiAudit>.Instance);
        var taken = Enumerable.Range(0, AuditLimits.WaitingMax + 5).Count(n => audit.Record(Write(n)));

        await audit.StartAsync(default);
        await Gantry.Tests.Eventually.HoldsAsync(() => entities.Lines.Length == AuditLimits.WaitingMax + 1, s_patience, () => entities.Lines.Length);

        taken.ShouldBe(AuditLimits.WaitingMax);
        entities.Lines.Count(l => l.Command == "audit gap" && l.Arguments == "writes=5").ShouldBe(1);
        entities.Batches.ShouldAllBe(b => b.Lines.Length <= AuditLimits.BatchMax + 1);
        audit.Record(Write(-1)).ShouldBeTrue("there is room again");
    }

    [Fact]
    public async Task A_batch_that_was_not_taken_is_tried_again_with_its_key()
    {
        var entities = new Taker { Fails = 2 };
        await using var audit = new ApiAudit(entities, TimeProvider.System, SystemRandomSource.Instance, NullLogger<ApiAudit>.Instance);
        audit.Record(Write(1));

        await audit.StartAsync(default);
        await Gantry.Tests.Eventually.HoldsAsync(() => entities.Lines.Length == 1, s_patience, () => entities.Keys.Count);

        entities.Keys.Count.ShouldBe(3);
        entities.Keys.Distinct().Count().ShouldBe(1);
    }

    [Theory]
    [InlineData(0, 40)]
    [InlineData(int.MaxValue, 0)]
    public async Task A_stop_writes_what_waits_and_a_store_that_takes_nothing_holds_no_stop_up(int fails, int written)
    {
        var entities = new Taker { Fails = fails };
        await using var audit = new ApiAudit(entities, TimeProvider.System, SystemRandomSource.Instance, NullLogger<ApiAudit>.Instance);
        await audit.StartAsync(default);
        for (var n = 0; n < 40; n++)
        {
            audit.Record(Write(n));
        }

        await audit.StopAsync(default).WaitAsync(s_patience);

        entities.Lines.Length.ShouldBe(written);
    }

    [Fact]
    public void A_day_lets_go_of_its_lines_in_steps_and_then_ends()
    {
        var day = new EntityAddress(ApiAuditKind.Name, "2026-11-21");
        var turn = new Turn(day, 0, DateTimeOffset.UnixEpoch, new CommandKey("k"), Principal.Engine);
        var first = ApiAuditDecider.Decide(ApiAuditDecider.Initial, new ApiAuditCommand.Record([LineOf(0)]), turn);
        first.Effects.ShouldHaveSingleItem().ShouldBeOfType<Effect.SetTimer>().Due.ShouldBe(AuditLimits.Kept);
        var state = ApiAuditDecider.Initial with { Count = AuditLimits.ExpiredAtOnce + 1 };

        var some = ApiAuditDecider.Decide(state, new ApiAuditCommand.Expire(), turn);
        var less = some.Events.Aggregate(state, ApiAuditDecider.Apply);
        var rest = ApiAuditDecider.Decide(less, new ApiAuditCommand.Expire(), turn);
        var none = rest.Events.Aggregate(less, ApiAuditDecider.Apply);

        less.ShouldBe(state with { Gone = AuditLimits.ExpiredAtOnce });
        some.Effects.Length.ShouldBe(1);
        none.IsOver.ShouldBeTrue();
        rest.Effects.ShouldBeEmpty();
    }

    [Fact]
    public void A_whole_batch_of_the_longest_lines_is_a_command_that_may_be_asked()
    {
        var longest = new string('x', AuditLimits.TextMax);
        var line = LineOf(1) with { Caller = new string('c', 63), Address = new string('a', 45), Command = new string('o', 64), Arguments = longest, Outcome = longest };

        JsonSerializer.SerializeToUtf8Bytes(
            new ApiAuditCommand.Record([.. Enumerable.Repeat(line, AuditLimits.BatchMax + 1)]), AuditJson.Default.ApiAuditRecord).Length.ShouldBeLessThan(64 * 1024);
    }

    private static async Task<List<JsonElement>> LinesAsync(RackHost rack, ApiAnswer last)
    {
        List<JsonElement> lines = [];
        await Gantry.Tests.Eventually.HoldsAsync(
            async () =>
            {
                var run = await CliRun.OfAsync(rack.Node, "audit list --limit 1000 -o json");
                lines = run.ExitCode == 0 ? [.. JsonDocument.Parse(run.Out).RootElement.EnumerateArray()] : [];
                return lines.Exists(l => l.Text("request") == last.Headers["x-request-id"]);
            },
            s_patience,
            () => string.Join('\n', lines));
        return lines;
    }

    private static AuditLine LineOf(int n) => new()
    {
        Request = $"{n}", At = DateTimeOffset.UnixEpoch, Caller = "eve", Address = "127.0.0.1", Command = "project_create", Arguments = "POST /v1/projects", Outcome = "done",
    };

    private static AuditedWrite Write(int n) => new()
    {
        Request = $"{n}", At = DateTimeOffset.UnixEpoch, Caller = "eve", Address = "127.0.0.1", Operation = "project_create", Target = "POST /v1/projects", Outcome = "done",
    };

    // An engine whose store takes nothing for some asks.
    private sealed class Taker : IEntities
    {
        private int _asked;

        public int Fails { get; init; }

        public ConcurrentQueue<CommandKey> Keys { get; } = [];

        public ConcurrentQueue<ApiAuditCommand.Record> Batches { get; } = [];

        public ImmutableArray<AuditLine> Lines => [.. Batches.SelectMany(b => b.Lines)];

        public ValueTask<Outcome<TReply>> AskAsync<TReply>(EntityAddress to, ICommand<TReply> command, AskOptions options, CancellationToken ct)
            where TReply : class
        {
            Keys.Enqueue(options.Key);
            if (_asked++ < Fails)
            {
                return ValueTask.FromResult<Outcome<TReply>>(new Outcome<TReply>.Unavailable(TimeSpan.FromSeconds(1)));
            }

            Batches.Enqueue((ApiAuditCommand.Record)(object)command);
            return ValueTask.FromResult<Outcome<TReply>>(new Outcome<TReply>.Accepted((TReply)(object)Done.Instance, 1));
        }
    }
}
