using System.Collections.Concurrent;
using System.Globalization;
using Gantry.Tests;

namespace Gantry.Chaos;

/// <summary>Breaks things by a seed, several at once, and mends each after its time.</summary>
internal sealed class ChaosFaults(ChaosCluster cluster, int seed, Action<string> say)
{
    private readonly Random _dice = new(seed);
    private readonly ConcurrentDictionary<string, int> _counts = new();
    private readonly ConcurrentDictionary<ChaosCluster.Member, byte> _busy = new();
    private readonly List<Task> _running = [];
    private readonly SemaphoreSlim _server = new(1, 1);

    public IReadOnlyDictionary<string, int> Counts => _counts;

    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(2 + (5 * _dice.NextDouble())), TimeProvider.System, stop);
                _running.RemoveAll(t => t.IsCompletedSuccessfully);
                _running.Add(OneAsync(_dice.Next(100), _dice.NextDouble(), _dice.Next(3), cluster.Members[_dice.Next(cluster.Members.Count)]));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Enough.
        }

        await Task.WhenAll(_running);
    }

    private Task OneAsync(int roll, double size, int way, ChaosCluster.Member member) => roll switch
    {
        < 16 => OnAsync("kill", member, () => RestartAsync(member, member.KillAsync, TimeSpan.FromSeconds(size * 6))),
        < 26 => OnAsync("stop", member, () => StopAsync(member, TimeSpan.FromSeconds(1 + (size * size * 29)))),
        < 36 => OnAsync("store-cut", member, () => EdgeAsync(member.Store, way, TimeSpan.FromSeconds(1 + (size * 8)))),
        < 46 => OnAsync("link-cut", member, () => EdgeAsync(member.Link, way, TimeSpan.FromSeconds(1 + (size * 8)))),
        < 54 => OnAsync("clients-cut", member, () => EdgeAsync(member.Clients, way, TimeSpan.FromSeconds(1 + (size * 4)))),
        < 62 => OnAsync("slow", member, () => SlowAsync(way switch { 0 => member.Store, 1 => member.Link, _ => member.Clients }, TimeSpan.FromMilliseconds(2 + (size * 80)))),
        < 72 => SessionsAsync(size),
        < 80 => ServerAsync("server-restart", "fast", TimeSpan.Zero),
        < 86 => ServerAsync("server-immediate", "immediate", TimeSpan.FromSeconds(size * 4)),
        < 94 => OnAsync("drain", member, () => RestartAsync(member, () => member.StopAsync(TimeSpan.FromSeconds(25)), TimeSpan.Zero)),
        < 98 => RollingAsync(),
        _ => AllAsync(),
    };

    private async Task OnAsync(string kind, ChaosCluster.Member member, Func<Task> act)
    {
        if (_busy.TryAdd(member, 0))
        {
            Count(kind, member.Name);
            await act();
            _busy.TryRemove(member, out _);
        }
    }

    private static async Task RestartAsync(ChaosCluster.Member member, Func<Task> end, TimeSpan pause)
    {
        await end();
        await Task.Delay(pause, TimeProvider.System);
        member.Start();
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
    }

    private static async Task StopAsync(ChaosCluster.Member member, TimeSpan time)
    {
        member.Signal("STOP");
        await Task.Delay(time, TimeProvider.System);
        member.Signal("CONT");
    }

    private static async Task EdgeAsync(TcpProxy edge, int way, TimeSpan time)
    {
        (edge.IsInboundCut, edge.IsOutboundCut) = (way != 1, way != 0);
        await Task.Delay(time, TimeProvider.System);
        edge.Heal();
        if (way == 2)
        {
            edge.Reset();
        }
    }

    private static async Task SlowAsync(TcpProxy edge, TimeSpan delay)
    {
        edge.Delay = delay;
        await Task.Delay(TimeSpan.FromSeconds(6), TimeProvider.System);
        edge.Heal();
    }

    private async Task SessionsAsync(double share)
    {
        if (await _server.WaitAsync(0))
        {
            Count("sessions", string.Create(CultureInfo.InvariantCulture, $"{share:0.00} of them"));
            try
            {
                await cluster.TerminateSessionsAsync(share);
            }
            catch (Npgsql.NpgsqlException)
            {
                // The server is just being restarted.
            }

            _server.Release();
        }
    }

    private async Task ServerAsync(string kind, string mode, TimeSpan down)
    {
        if (await _server.WaitAsync(0))
        {
            Count(kind, "");
            await Task.Run(() => TemporaryPostgres.Shared.Control("stop", "-m", mode));
            await Task.Delay(down, TimeProvider.System);
            await Task.Run(() => TemporaryPostgres.Shared.Control("start"));
            _server.Release();
        }
    }

    private async Task RollingAsync()
    {
        Count("rolling", "");
        foreach (var member in cluster.Members)
        {
            if (_busy.TryAdd(member, 0))
            {
                await RestartAsync(member, () => member.StopAsync(TimeSpan.FromSeconds(25)), TimeSpan.Zero);
                _busy.TryRemove(member, out _);
            }
        }
    }

    private async Task AllAsync()
    {
        var free = cluster.Members.Where(m => _busy.TryAdd(m, 0)).ToList();
        Count("kill-all", $"{free.Count} nodes");
        await Task.WhenAll(free.Select(m => RestartAsync(m, m.KillAsync, TimeSpan.FromSeconds(1))));
        free.ForEach(m => _busy.TryRemove(m, out _));
    }

    private void Count(string kind, string what)
    {
        _counts.AddOrUpdate(kind, 1, (_, n) => n + 1);
        say($"{kind} {what}");
    }
}
