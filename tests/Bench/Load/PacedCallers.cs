using System.Diagnostics;
using System.Globalization;
using Gantry.Actors;

namespace Gantry.Bench;

/// <summary>Callers that ask at a given rate whatever the answers do: the latency of an engine with room to spare.</summary>
internal static class PacedCallers
{
    private const int Callers = 64;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Asks for a time; gives the latencies in ticks. A caller that falls behind asks again at once.</summary>
    public static async Task<List<long>> RunAsync(
        IEntities entities, double perSecond, Func<int, long, EntityAddress> choose, TimeSpan duration, CancellationToken ct)
    {
        var run = Stopwatch.GetTimestamp().ToString("x", CultureInfo.InvariantCulture);
        using var pacer = new Pacer();
        var all = await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() => AskAsync(caller), ct)));
        return [.. all.SelectMany(l => l)];

        async Task<List<long>> AskAsync(int caller)
        {
            var own = new List<long>();
            for (long i = 0; pacer.Now < duration; i++)
            {
                // Callers are spread over the period: nobody's commands come in one lump.
                await pacer.UntilAsync(TimeSpan.FromSeconds((i + ((double)caller / Callers)) * Callers / perSecond));
                var asked = Stopwatch.GetTimestamp();
                var outcome = await entities.AskAsync(
                    choose(caller, i),
                    new AddToCounter(1),
                    new AskOptions { Key = new CommandKey($"paced:{run}:{caller}:{i}"), Deadline = Deadline, Caller = Principal.Engine },
                    ct);
                own.Add(outcome is Outcome<CounterReply>.Accepted
                    ? Stopwatch.GetTimestamp() - asked
                    : throw new InvalidOperationException($"a bench command was not accepted: {outcome}"));
            }

            return own;
        }
    }
}
