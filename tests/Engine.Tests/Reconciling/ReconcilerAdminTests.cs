using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Gantry.Actors;
using Gantry.Actors.Kernel;
using Gantry.Actors.Runtime;
using Gantry.Primitives;
using Gantry.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests;

/// <summary>Reconcilers as operators see and hold them (engine 7, 10.4).</summary>
[Trait("spec", "engine/7")]
public sealed class ReconcilerAdminTests : IAsyncLifetime
{
    private static readonly AdminOrder Order = new(new Principal(PrincipalKind.User, "operator"));
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly CommitListeners _commits = new();
    private readonly ReconcilerHost _host;
    private ReconcilerAdmin? _admin;

    public ReconcilerAdminTests() => _host = new ReconcilerHost(
        _commits, TimeProvider.System, SystemRandomSource.Instance, NullLogger<ReconcilerHost>.Instance);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Paused_reconciler_starts_no_turn_until_it_goes_on()
    {
        var reports = new Reports();
        _host.Start([reports], ShardSet.All(128));
        await Eventually.HoldsAsync(() => reports.Turns.Count == 2, Soon);

        var admin = new ReconcilerAdmin(_host, new Alone(() => _admin!));
        _admin = admin;
        (await admin.PauseAsync("reports", isPaused: true, Order with { IsDryRun = true }, default)).IsDone.ShouldBeFalse();
        _host.List().Single().IsPaused.ShouldBeFalse();
        (await admin.PauseAsync("reports", isPaused: true, Order, default)).IsDone.ShouldBeTrue();
        _host.Nudge("reports", "a");
        await Eventually.HoldsAsync(() => _host.List().Single().Waiting == 1, Soon);
        _host.List().Single().PausedBy!.ShouldStartWith("user:operator");
        reports.Turns.Count.ShouldBe(2);

        await admin.PauseAsync("reports", isPaused: false, Order, default);
        await Eventually.HoldsAsync(() => reports.Turns.Count == 3, Soon);
        (await admin.PauseAsync("nobody", isPaused: true, Order, default)).Why!.Kind.ShouldBe(RefusalKind.NotFound);
    }

    [Fact]
    public async Task Report_is_the_sum_over_the_keys()
    {
        _host.Start([new Reports()], ShardSet.All(128));

        await Eventually.HoldsAsync(() => _host.List().Single().Report is { } r && r.Contains("\"checked\":2", StringComparison.Ordinal), Soon);

        _host.List().Single().Report.ShouldBe("""{"checked":2,"disabled":false,"states":{"up":3},"errors":["late","late"]}""");
    }

    [Fact]
    public async Task Keys_say_which_generation_their_target_should_hold_and_which_it_holds()
    {
        var reports = new Reports { Generations = ["a"] };
        _host.Start([reports], ShardSet.All(128));
        var admin = new ReconcilerAdmin(_host, new Alone(() => _admin!));
        _admin = admin;
        await Eventually.HoldsAsync(async () => (await admin.KeysAsync("reports", default)).Keys is [{ Wanted: 1, Applied: 0 }, { LastSuccess: not null }], Soon);

        _host.Nudge("reports", "a");

        await Eventually.HoldsAsync(async () => (await admin.KeysAsync("reports", default)).Keys is [{ Wanted: 2, Applied: 1 }, { Wanted: null, Applied: null }], Soon);
    }

    [Fact]
    [Trait("spec", "engine/10.2")]
    public async Task Turn_belongs_to_the_trace_of_the_decision_that_nudged_it()
    {
        var reports = new Reports();
        _host.Start([reports], ShardSet.All(128));
        await Eventually.HoldsAsync(() => reports.Turns.Count == 2, Soon);

        _commits.Nudged("reports", "a", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

        await Eventually.HoldsAsync(() => reports.Turns.Count == 3, Soon);
        reports.Turns.Last().ShouldBe(("a", "0af7651916cd43dd8448eb211c80319c"));
    }

    [Fact]
    public async Task Engine_that_joined_anew_has_every_key_looked_at()
    {
        var reports = new Reports();
        _host.Start([reports], ShardSet.All(128));
        await Eventually.HoldsAsync(() => reports.Turns.Count == 2, Soon);

        _commits.Rejoined();

        await Eventually.HoldsAsync(() => reports.Turns.Count == 4, Soon);
    }

    [Fact]
    public void Key_that_is_nudged_without_end_runs_at_its_rate_and_others_are_not_held_up()
    {
        var now = DateTimeOffset.UnixEpoch;
        var queue = new QueueKernel(new ReconcilerOptions { KeyRate = 10, KeyBurst = 5 }, new SeededRandomSource(1));
        var turns = 0;
        for (var ms = 0; ms < 2_000; ms += 5)
        {
            queue.Nudge("hot", now.AddMilliseconds(ms));
            if (queue.TryTake(now.AddMilliseconds(ms), out var turn))
            {
                turn.Key.ShouldBe("hot");
                queue.Finish("hot", Reconciled.Done, now.AddMilliseconds(ms));
                turns++;
            }
        }

        turns.ShouldBeInRange(23, 26);
        queue.Nudge("hot", now.AddMilliseconds(2_000));
        if (queue.TryTake(now.AddMilliseconds(2_000), out _))
        {
            queue.Finish("hot", Reconciled.Done, now.AddMilliseconds(2_000));
            queue.Nudge("hot", now.AddMilliseconds(2_000));
        }

        queue.Nudge("cold", now.AddMilliseconds(2_000));
        queue.TryTake(now.AddMilliseconds(2_000), out var other).ShouldBeTrue();
        other.Key.ShouldBe("cold");
    }

    [Fact]
    public async Task What_nodes_say_is_one_view_and_who_is_silent_is_named()
    {
        await using var other = new ReconcilerHost(_commits, TimeProvider.System, SystemRandomSource.Instance, NullLogger<ReconcilerHost>.Instance);
        _host.Start([new Reports { Keys = ["a", "b"] }], ShardSet.All(128));
        other.Start([new Reports { Keys = ["c"] }], ShardSet.All(128));
        var admins = new List<ReconcilerAdmin>();
        var nodes = new Several(admins);
        admins.AddRange([new ReconcilerAdmin(_host, nodes), new ReconcilerAdmin(other, nodes)]);

        await Eventually.HoldsAsync(async () => (await admins[0].ListAsync(default)).Cards.Single() is { Keys: 3, IsListed: true, Report: not null } card
            && card.Report.Contains("\"checked\":3", StringComparison.Ordinal), Soon);
        (await admins[1].KeysAsync("reports", default)).Keys.Select(k => k.Key).ShouldBe(["a", "b", "c"]);
        (await admins[0].ListAsync(default)).Missing.ShouldBe(["node-3"]);

        var held = await admins[0].PauseAsync("reports", isPaused: true, Order, default);
        held.Effects.ShouldBe(["reports starts no more turns on its 3 keys until it is told to go on; a node that restarts goes on", "node-3 did not answer and goes on"]);
        other.List().Single().IsPaused.ShouldBeTrue();
    }

    private sealed class Alone(Func<INodeQuestion> question) : INodes
    {
        public async ValueTask<NodeAnswers> AskAsync(string name, ReadOnlyMemory<byte> body, TimeSpan patience, CancellationToken ct) =>
            new([new NodeAnswer("node-1", (await question().AnswerAsync(body, ShardSet.All(128), ct))!)], []); // it always says something
    }

    private sealed class Several(List<ReconcilerAdmin> nodes) : INodes
    {
        public async ValueTask<NodeAnswers> AskAsync(string name, ReadOnlyMemory<byte> body, TimeSpan patience, CancellationToken ct)
        {
            var told = new List<NodeAnswer>();
            foreach (var (i, node) in nodes.Index())
            {
                told.Add(new NodeAnswer($"node-{i + 1}", (await node.AnswerAsync(body, ShardSet.All(128), ct))!)); // it always says something
            }

            return new NodeAnswers([.. told], ["node-3"]);
        }
    }

    private sealed class Reports : IReconciler
    {
        public string Name => "reports";

        public ReconcilerOptions Options { get; } = new();

        public string[] Keys { get; init; } = ["a", "b"];

        /// <summary>Keys whose documents are numbered: every turn finds the one before applied.</summary>
        public string[] Generations { get; init; } = [];

        public ConcurrentQueue<(string Key, string? Trace)> Turns { get; } = [];

        public async IAsyncEnumerable<string> ListAsync(ShardSet shards, [EnumeratorCancellation] CancellationToken ct)
        {
            await Task.CompletedTask;
            foreach (var key in Keys)
            {
                yield return key;
            }
        }

        public ValueTask<Reconciled> ReconcileAsync(string key, ReconcileTurn turn, CancellationToken ct)
        {
            Turns.Enqueue((key, Activity.Current?.TraceId.ToString()));
            var states = key == "a" ? 1 : 2;
            var report = JsonDocument.Parse($$"""{"checked":1,"disabled":false,"states":{"up":{{states}}},"errors":["late"]}""").RootElement;
            var turns = Turns.Count(t => t.Key == key);
            DocumentGeneration? generation = Generations.Contains(key) ? new(turns, turns - 1) : null;
            return ValueTask.FromResult(Reconciled.Done with { Report = report, Generation = generation });
        }
    }
}
