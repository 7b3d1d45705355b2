using Gantry.Actors;
using Gantry.Actors.Runtime;
using Gantry.Actors.Storage;
using Gantry.Engine.Tests.Lanes;
using Gantry.Primitives;
using Gantry.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Supervising;

/// <summary>A lane that breaks leaves its last inputs behind, and they can be gone through again (engine 6, 10.2).</summary>
[Trait("spec", "engine/10.2")]
public sealed class EvidenceTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("gantry-evidence-").FullName;
    private readonly EngineModel _model = new([LedgerArea.Module]);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(5, true)]
    [InlineData(400, false)]
    [Trait("spec", "engine/6")]
    public async Task A_store_that_contradicts_itself_ends_the_incarnation_and_the_replay_breaks_at_the_same_step(int asks, bool isWhole)
    {
        var file = await BreakAsync(asks);

        var replay = EvidenceReplay.Run(file, _model);

        replay.Recorded.ShouldContain("names mail:0.1.0 as gone once");
        replay.Error!.ShouldContain("names mail:0.1.0 as gone once");
        (replay.First == 0).ShouldBe(isWhole);
        replay.BrokeAt.ShouldBe(replay.First + File.ReadAllLines(file).Length - 3);
        if (isWhole)
        {
            (replay.Skipped, replay.Guessed).ShouldBe((0, 0));
        }
    }

    [Theory]
    [InlineData(FenceReason.BatchNumber)]
    [InlineData(FenceReason.NotOwner)]
    [Trait("spec", "engine/6")]
    public async Task A_fence_that_cannot_be_leaves_evidence_and_the_replay_breaks_at_it(FenceReason reason)
    {
        var file = await BreakAsync(asks: 5, new CommitResult.Fenced(reason, "so says the store"));

        var replay = EvidenceReplay.Run(file, _model);

        replay.Recorded.ShouldContain($"{reason}: so says the store");
        replay.Error!.ShouldContain($"{reason}: so says the store");
    }

    [Fact]
    public async Task A_lane_that_is_mended_goes_through_the_evidence_without_breaking()
    {
        var file = await BreakAsync(asks: 5);
        var lines = File.ReadAllLines(file).ToList();
        lines.RemoveAt(lines.Count - 2);
        File.WriteAllLines(file, lines);

        EvidenceReplay.Run(file, _model).BrokeAt.ShouldBeNull();
    }

    [Fact]
    public async Task Damaged_evidence_and_evidence_of_another_version_say_where_and_what_to_do()
    {
        var file = await BreakAsync(asks: 5);
        var sound = File.ReadAllLines(file);

        Refused(file, sound[..^1]).ShouldContain($"{file}, line {sound.Length - 1}");
        Refused(file, [.. sound[..3], sound[3][..20], .. sound[4..]]).ShouldContain($"{file}, line 4");
        Refused(file, [.. sound[..3], .. sound[4..]]).ShouldContain("line 4");
        Refused(file, [sound[0].Replace("\"evidence\":2", "\"evidence\":9", StringComparison.Ordinal), .. sound[1..]]).ShouldContain("version 9");
        Refused(file, ["not evidence"]).ShouldContain("line 1");
        Refused(file, []).ShouldContain("is empty");
        Should.Throw<EvidenceException>(() => EvidenceReplay.Run(file + ".none", _model)).Message.ShouldContain("cannot be read");
        Should.Throw<EvidenceException>(() => Replay(file, sound, new EngineModel([]))).Message.ShouldContain("test.ledger");
    }

    private static EvidenceResult Replay(string file, string[] lines, EngineModel model)
    {
        File.WriteAllLines(file, lines);
        return EvidenceReplay.Run(file, model);
    }

    private string Refused(string file, string[] lines) => Should.Throw<EvidenceException>(() => Replay(file, lines, _model)).Message;

    // Mail of every form goes through the lane first; then the store names the same message as gone in two answers.
    private async Task<string> BreakAsync(int asks, CommitResult? lie = null)
    {
        await using var memory = new MemoryStore(SystemRandomSource.Instance);
        var store = new LyingStore(memory);
        await using var engine = new ActorEngine(new ActorEngineParts
        {
            Store = store,
            Model = _model,
            Options = new ActorEngineOptions { Lanes = 1, EvidenceFolder = _folder, StopPatience = TimeSpan.FromMilliseconds(500) },
            Activities = () => [],
            Listener = new CommitListeners(),
            Time = TimeProvider.System,
            Random = SystemRandomSource.Instance,
            Logs = NullLoggerFactory.Instance,
        });
        await engine.StartAsync(CancellationToken.None);
        await AskAsync(engine, new Send(LedgerArea.At("to"), 2, "token"));
        await AskAsync(engine, new TakeName("blue"));
        for (var i = 0; i < asks; i++)
        {
            await AskAsync(engine, new Add(1, "x"));
        }

        store.Lie = lie ?? store.Lie;
        store.Lies = lie is null ? 2 : 1;
        _ = AskAsync(engine, new Add(1, "lost"));
        await Eventually.HoldsAsync(() => engine.Rejoins == 1, Soon, () => engine.State);
        return Directory.GetFiles(_folder).ShouldHaveSingleItem();
    }

    private static async Task AskAsync<TReply>(ActorEngine engine, ICommand<TReply> command) where TReply : class =>
        await engine.Entities.AskAsync(
            LedgerArea.At("a"),
            command,
            new AskOptions
            {
                Key = new CommandKey($"once:{SystemRandomSource.Instance.NewGuid():N}"),
                Deadline = TimeSpan.FromSeconds(10),
                Caller = new Principal(PrincipalKind.Host, "test"),
            },
            CancellationToken.None);
}

/// <summary>A store that answers with what cannot be: by itself a message as gone that no batch consumed.</summary>
internal sealed class LyingStore(IActorStore store) : PassingStore(store, isOwner: false)
{
    private int _lies;

    public int Lies
    {
        set => Volatile.Write(ref _lies, value);
    }

    public CommitResult Lie { get; set; } = new CommitResult.Losers([new MailId(0, 1, 0)], [], []);

    public override ValueTask<CommitResult> CommitAsync(LaneTicket ticket, CommitBatch batch, CancellationToken ct) => Interlocked.Decrement(ref _lies) >= 0
        ? ValueTask.FromResult(Lie)
        : base.CommitAsync(ticket, batch, ct);
}
