using System.Diagnostics;
using System.Globalization;
using Gantry.Actors;

namespace Gantry.Bench;

/// <summary>Callers that ask one after the other and never wait in between.</summary>
internal static class Callers
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Asks each counter once: all are born and in memory then. Callers that only run for a while meet the last ones after some 20,000 commands, for
    /// they follow each other closely, and on a busy machine that is in the middle of what is measured: a read and a birth each.
    /// </summary>
    public static Task WakeAsync(IEntities entities, int counters, CancellationToken ct)
    {
        const int AtOnce = 64;
        return Task.WhenAll(Enumerable.Range(0, Math.Min(AtOnce, counters)).Select(caller => Task.Run(
            async () =>
            {
                for (var i = caller; i < counters; i += AtOnce)
                {
                    var outcome = await entities.AskAsync(
                        Counter.Address(i),
                        new AddToCounter(1),
                        new AskOptions { Key = new CommandKey(string.Create(CultureInfo.InvariantCulture, $"wake:{i}")), Deadline = Deadline, Caller = Principal.Engine },
                        ct);
                    if (outcome is not Outcome<CounterReply>.Accepted)
                    {
                        throw new InvalidOperationException($"a bench command was not accepted: {outcome}");
                    }
                }
            },
            ct)));
    }

    /// <summary>Asks for a time; gives accepted commands per second and the latencies in ticks.</summary>
    /// <param name="entities">The engine.</param>
    /// <param name="callers">How many ask at once.</param>
    /// <param name="choose">The entity of a caller's next command.</param>
    /// <param name="duration">How long.</param>
    /// <param name="ct">Stops it.</param>
    public static Task<(double PerSecond, List<long> Latencies)> RunAsync(
        IEntities entities, int callers, Func<int, long, EntityAddress> choose, TimeSpan duration, CancellationToken ct) =>
        RunAsync(entities, callers, choose, duration, "", ct);

    /// <summary>The same with a name in the keys, for several runs at once.</summary>
    public static async Task<(double PerSecond, List<long> Latencies)> RunAsync(
        IEntities entities, int callers, Func<int, long, EntityAddress> choose, TimeSpan duration, string name, CancellationToken ct)
    {
        var from = Stopwatch.GetTimestamp();
        var run = $"{from.ToString("x", CultureInfo.InvariantCulture)}{name}";
        var all = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(() => AskAsync(caller), ct)));
        var seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        var latencies = all.SelectMany(l => l).ToList();
        return (latencies.Count / seconds, latencies);

        async Task<List<long>> AskAsync(int caller)
        {
            var own = new List<long>();
            for (long i = 0; Stopwatch.GetElapsedTime(from) < duration; i++)
            {
                var asked = Stopwatch.GetTimestamp();
                var outcome = await entities.AskAsync(
                    choose(caller, i),
                    new AddToCounter(1),
                    new AskOptions { Key = new CommandKey($"bench:{run}:{caller}:{i}"), Deadline = Deadline, Caller = Principal.Engine },
                    ct);
                if (outcome is Outcome<CounterReply>.Accepted)
                {
                    own.Add(Stopwatch.GetTimestamp() - asked);
                }
                else
                {
                    throw new InvalidOperationException($"a bench command was not accepted: {outcome}");
                }
            }

            return own;
        }
    }
}
