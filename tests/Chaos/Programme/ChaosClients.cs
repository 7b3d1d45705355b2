using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.Sockets;
using Gantry.Tests;

namespace Gantry.Chaos;

/// <summary>Clients that ask any node for anything, and write down when they asked, when they were answered, and how sure they are.</summary>
internal sealed class ChaosClients(IReadOnlyList<Uri> nodes, int seed) : IDisposable
{
    private const int Clients = 12;
    private const int Registers = 8;
    private const int Counters = 4;
    private const int Holders = 6;
    private const int Names = 4;
    private const int Ledgers = 8;
    private const int Devices = 6;
    private const int DeadlineMs = 5_000;
    private const int TriesMax = 3;

    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2), PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5) })
    {
        Timeout = TimeSpan.FromMilliseconds(DeadlineMs + 3_000),
    };

    private readonly ConcurrentQueue<Operation> _done = new();
    private readonly ConcurrentQueue<Finding> _listFaults = new();
    private long _number;
    private int _lists;

    /// <summary>Everything so far.</summary>
    public IReadOnlyCollection<Operation> History => _done;

    /// <summary>Lists that lacked what was acknowledged.</summary>
    public IReadOnlyCollection<Finding> ListFaults => _listFaults;

    public int Lists => _lists;

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(
        [.. Enumerable.Range(0, Clients).Select(c => Task.Run(() => WorkAsync(c, stop), CancellationToken.None)), Task.Run(() => ListAsync(stop), CancellationToken.None)]);

    /// <summary>Asks until somebody accepts; used when everything has healed, and to see when a service is back.</summary>
    public async Task<Operation?> UntilAcceptedAsync(string cell, string verb, IReadOnlyList<Uri> at, TimeSpan within, int deadlineMs = DeadlineMs)
    {
        var from = Stopwatch.GetTimestamp();
        for (var i = 0; Stopwatch.GetElapsedTime(from) < within; i++)
        {
            var operation = await OnceAsync(at[i % at.Count], cell, verb, Next(), null, $"p{seed}:{Next()}", deadlineMs);
            _done.Enqueue(operation);
            if (operation.Certainty == Certainty.Accepted)
            {
                return operation;
            }

            // Many cells are asked at once: closer together they would slow down what they measure.
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        return null;
    }

    /// <summary>
    /// One command of a client that gives it so much time: whatever is not an answer is asked again with the same key, at the next node.
    /// Gives what it took, and what was answered on the way.
    /// </summary>
    public async Task<(TimeSpan Took, Operation Last, List<string> OnTheWay)> PersistAsync(
        string cell, string verb, IReadOnlyList<Uri> at, TimeSpan within, int first)
    {
        var number = Next();
        var key = $"s{seed}:{number}";
        var onTheWay = new List<string>();
        var began = Stopwatch.GetTimestamp();
        for (var i = first; ; i++)
        {
            var left = within - Stopwatch.GetElapsedTime(began);
            var one = await OnceAsync(at[i % at.Count], cell, verb, number, null, key, Math.Max(1, (int)left.TotalMilliseconds));
            if (one.Certainty == Certainty.Accepted || one.Outcome == "refused" || Stopwatch.GetElapsedTime(began) > within)
            {
                var isMaybe = one.Certainty != Certainty.Accepted && onTheWay.Exists(IsMaybe);
                var last = one with { Invoked = began, Certainty = isMaybe ? Certainty.Unknown : one.Certainty };
                _done.Enqueue(last);
                return (Stopwatch.GetElapsedTime(began), last, onTheWay);
            }

            onTheWay.Add(one.Outcome);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    /// <summary>Whether a call ended without an answer; a connection that breaks while it is made comes as it is.</summary>
    public static bool IsBroken(Exception e) =>
        NoAnswer.Is(e) || e is System.Text.Json.JsonException;

    /// <summary>Whether an outcome leaves open what happened.</summary>
    public static bool IsMaybe(string outcome) => outcome is "unknown" or "no answer";

    /// <summary>The payments in a ledger, from the journal.</summary>
    public async Task<List<long>> LedgerAsync(string ledger) =>
        await _http.GetFromJsonAsync(new Uri(nodes[0], $"/chaos/{ledger}/ledger"), ChaosJson.Default.ListInt64) ?? [];

    public void Dispose() => _http.Dispose();

    private long Next() => Interlocked.Increment(ref _number);

    private async Task WorkAsync(int client, CancellationToken stop)
    {
        var dice = new Random(HashCode.Combine(seed, client));
        while (!stop.IsCancellationRequested)
        {
            var number = Next();
            var (cell, verb, text) = Choose(client, dice);
            var operation = await AskAsync(cell, verb, number, text, dice);
            _done.Enqueue(operation);
            await Task.Delay(TimeSpan.FromMilliseconds(dice.Next(5, 60)), TimeProvider.System, CancellationToken.None);
        }
    }

    private static (string Cell, string Verb, string? Text) Choose(int client, Random dice) => dice.Next(100) switch
    {
        < 25 => ($"register-{dice.Next(Registers)}", "write", null),
        < 50 => ($"register-{dice.Next(Registers)}", "read", null),
        < 55 => ($"{ChaosArea.DevicePrefix}{dice.Next(Devices)}", "write", null),
        < 62 => ($"list-{client}", "write", null),
        < 72 => ($"counter-{dice.Next(Counters)}", "add", null),
        < 80 => ($"holder-{dice.Next(Holders)}", "take", $"name-{dice.Next(Names)}"),
        < 88 => ($"holder-{dice.Next(Holders)}", "drop", $"name-{dice.Next(Names)}"),
        _ => ($"payer-{client}", "pay", $"ledger-{dice.Next(Ledgers)}"),
    };

    // Who does not know asks again with the same key, now and then; what is known in the end counts.
    private async Task<Operation> AskAsync(string cell, string verb, long number, string? text, Random dice)
    {
        var tries = dice.Next(2) == 0 ? TriesMax : 1;
        Operation? first = null;
        while (true)
        {
            var one = await OnceAsync(nodes[dice.Next(nodes.Count)], cell, verb, number, text, $"c{seed}:{number}", DeadlineMs);
            var isMaybe = first is { Certainty: Certainty.Unknown } && one is { Certainty: Certainty.NotDone, Outcome: not "refused" };
            first = one with { Invoked = first?.Invoked ?? one.Invoked, Certainty = isMaybe ? Certainty.Unknown : one.Certainty };
            if (--tries == 0 || one.Certainty == Certainty.Accepted || one.Outcome == "refused")
            {
                return first;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(dice.Next(20, 500)), TimeProvider.System);
        }
    }

    private async Task<Operation> OnceAsync(Uri node, string cell, string verb, long number, string? text, string key, int deadlineMs)
    {
        var invoked = Stopwatch.GetTimestamp();
        var (answer, isSent) = await TryAsync(node, new ChaosCall(cell, key, deadlineMs, verb, number, text));
        return new Operation
        {
            Cell = cell,
            Verb = verb,
            Number = number,
            Text = text,
            Invoked = invoked,
            Returned = Stopwatch.GetTimestamp(),
            Outcome = answer?.Outcome ?? (isSent ? "no answer" : "not connected"),
            Certainty = answer?.Outcome switch
            {
                "accepted" => Certainty.Accepted,
                "refused" or "overloaded" or "unavailable" => Certainty.NotDone,
                _ => isSent ? Certainty.Unknown : Certainty.NotDone,
            },
            Revision = answer?.Revision ?? 0,
            Value = answer?.Reply?.Value ?? 0,
            Count = answer?.Reply?.Count ?? 0,
        };
    }

    private async Task<(ChaosAnswer? Answer, bool IsSent)> TryAsync(Uri node, ChaosCall call)
    {
        try
        {
            using var answer = await _http.PostAsJsonAsync(new Uri(node, "/chaos"), call, ChaosJson.Default.ChaosCall);
            return (answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync(ChaosJson.Default.ChaosAnswer) : null, true);
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
        {
            return (null, false);
        }
        catch (Exception e) when (IsBroken(e))
        {
            return (null, true);
        }
    }

    private async Task ListAsync(CancellationToken stop)
    {
        var dice = new Random(seed);
        while (!stop.IsCancellationRequested)
        {
            var asked = Stopwatch.GetTimestamp();
            try
            {
                var rows = await _http.GetFromJsonAsync(new Uri(nodes[dice.Next(nodes.Count)], "/chaos"), ChaosJson.Default.ListChaosRow, CancellationToken.None);
                var writes = _done.Where(o => o.Verb == "write" && o.Cell.StartsWith("list-", StringComparison.Ordinal)).ToList();
                foreach (var fault in ListCheck.WhatIsWrong(writes, asked, (rows ?? []).ToDictionary(r => r.Cell, r => r.Value)))
                {
                    _listFaults.Enqueue(fault);
                }

                _lists++;
            }
            catch (Exception e) when (IsBroken(e))
            {
                // No list is no wrong list.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1_000), TimeProvider.System, CancellationToken.None);
        }
    }
}
