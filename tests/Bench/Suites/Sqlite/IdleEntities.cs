using Gantry.Actors;
using Gantry.Actors.Kernel;
using Gantry.Primitives;

namespace Gantry.Bench;

/// <summary>P5: what an entity costs while it does nothing, besides its state and the text of its key.</summary>
internal static class IdleEntities
{
    private const int Count = 100_000;
    private const double BytesMax = 400;

    public static async Task<BenchResult> MeasureAsync(EngineModel model, CancellationToken ct)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        ct.ThrowIfCancellationRequested();
        var kernel = new LaneKernel(new LaneSettings
        {
            Kinds = model.Kinds, ShardCount = ShardId.DefaultCount, Scope = "bench", Random = SystemRandomSource.Instance,
        });
        for (var i = 0; i < ShardId.DefaultCount; i++)
        {
            kernel.Step(new LaneInput(DateTimeOffset.UnixEpoch, new LaneEvent.Gain(new ShardId(i), 1)));
        }

        // States and addresses are made before, so that they are not counted; the addresses are counted on their own.
        var states = Enumerable.Range(0, Count).Select(i => new CounterState(i)).ToArray();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        Fill(kernel, states);
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Count;
        GC.KeepAlive(states);
        GC.KeepAlive(kernel);
        return new BenchResult
        {
            Id = "P5",
            What = $"memory of {kernel.EntityCount:N0} idle entities, key included, state excluded",
            Values = new Dictionary<string, double> { ["bytes_per_entity"] = bytes },
            Targets = [new BenchTarget("400 B / bytes per entity", BytesMax / bytes, 1)],
        };
    }

    // Each arrives with a command that is refused at its deadline, so that it comes to rest with nothing in hand.
    private static void Fill(LaneKernel kernel, CounterState[] states)
    {
        var now = DateTimeOffset.UnixEpoch;
        for (var i = 0; i < states.Length; i++)
        {
            var to = Counter.Address(i);
            kernel.Step(new LaneInput(now, new LaneEvent.Arrive
            {
                To = to,
                Shard = ShardId.Of(to, ShardId.DefaultCount),
                Command = new AddToCounter(1),
                Key = new CommandKey("once:1"),
                Caller = Principal.Engine,
                Deadline = now + TimeSpan.FromMilliseconds(1),
                ReplyTo = kernel,
            }));
            if (i % 256 == 255 || i == states.Length - 1)
            {
                now = Settle(kernel, states, now);
            }
        }

        for (var i = 0; i < 64; i++)
        {
            now += TimeSpan.FromSeconds(1);
            kernel.Step(new LaneInput(now, LaneEvent.PassEnd.Instance));
        }
    }

    private static DateTimeOffset Settle(LaneKernel kernel, CounterState[] states, DateTimeOffset now)
    {
        var at = now + TimeSpan.FromSeconds(1);
        var loads = kernel.Step(new LaneInput(at, LaneEvent.PassEnd.Instance)).Items.OfType<LaneOutput.Load>().ToList();
        foreach (var load in loads)
        {
            kernel.Step(new LaneInput(at, new LaneEvent.Loaded([.. load.Entities.Select(e => new LoadedEntity(
                e, states[int.Parse(e.Entity.Key.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture)], 1, 1))])));
        }

        kernel.Step(new LaneInput(at, LaneEvent.PassEnd.Instance));
        return at;
    }
}
