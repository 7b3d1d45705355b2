using System.Collections.Immutable;
using System.Threading.Channels;
using Gantry.Actors;
using Gantry.Hosting;
using Gantry.Primitives;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gantry.Admin;

/// <summary>
/// Writes what the gateway tells to the audit of the day, behind the writes themselves. The queue is bounded; what finds no room is counted, and a
/// line of the trail says how many are missing. A batch that was not taken is tried again with its key, so it is there once. Thread-safe.
/// </summary>
internal sealed class ApiAudit(IEntities entities, TimeProvider time, IRandomSource random, ILogger<ApiAudit> log) : IWriteAudit, IHostedService, IAsyncDisposable
{
    private static readonly Principal s_self = new(PrincipalKind.Engine, ApiAuditKind.Name);

    private readonly Channel<AuditLine> _waiting = Channel.CreateBounded<AuditLine>(new BoundedChannelOptions(AuditLimits.WaitingMax) { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private long _missing;
    private int _isDisposed;

    public bool Record(AuditedWrite write)
    {
        var line = new AuditLine
        {
            Request = write.Request, At = write.At, Caller = write.Caller, Address = write.Address, Command = write.Operation,
            Arguments = Cut(write.Target), Outcome = Cut(write.Outcome), Before = write.Before, After = write.After,
        };
        if (_waiting.Writer.TryWrite(line))
        {
            return true;
        }

        Interlocked.Increment(ref _missing);
        return false;
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loop = Task.Run(LoopAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    // The listeners are closed by now and the engine still runs: what waits is written, and a store that takes nothing holds no stop up.
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _waiting.Writer.TryComplete();
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // The container knows it under several services and disposes of it by each.
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
        {
            return;
        }

        _waiting.Writer.TryComplete();
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task LoopAsync()
    {
        while (await _waiting.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            if (_waiting.Reader.Count < AuditLimits.BatchMax)
            {
                await PauseAsync(AuditLimits.Gather).ConfigureAwait(false);
            }

            var batch = Take();
            if (!await WriteAsync(batch).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    private ImmutableArray<AuditLine> Take()
    {
        var lines = ImmutableArray.CreateBuilder<AuditLine>();
        while (lines.Count < AuditLimits.BatchMax && _waiting.Reader.TryPeek(out var next)
               && (lines.Count == 0 || ApiAuditKind.AddressOf(lines[0].At) == ApiAuditKind.AddressOf(next.At)) && _waiting.Reader.TryRead(out var line))
        {
            lines.Add(line);
        }

        if (Interlocked.Exchange(ref _missing, 0) is > 0 and var missing)
        {
            AdminLog.AuditGap(log, missing);
            lines.Add(GapOf(missing, lines[^1].At));
        }

        return lines.ToImmutable();
    }

    private AuditLine GapOf(long missing, DateTimeOffset at) => new()
    {
        Request = random.NewGuid().ToString(), At = at, Caller = "gantry", Address = "in process", Command = "audit gap",
        Arguments = $"writes={missing}", Outcome = "missing here: there was no room for more; the log has them",
    };

    // False when the node stops and the batch cannot be had in.
    private async ValueTask<bool> WriteAsync(ImmutableArray<AuditLine> batch)
    {
        var options = new AskOptions { Key = CommandKey.Fresh(random), Deadline = AuditLimits.Deadline, Caller = s_self };
        for (var tries = 0; ; tries++)
        {
            var isLast = _stop.IsCancellationRequested;
            var outcome = await AskAsync(batch, options).ConfigureAwait(false);
            if (outcome is Outcome<Done>.Accepted)
            {
                return true;
            }

            var why = outcome?.ToString() ?? "the store is away";
            if (isLast)
            {
                AdminLog.AuditLeft(log, batch.Length + _waiting.Reader.Count, why);
                return false;
            }

            if (tries == 0)
            {
                AdminLog.AuditWaits(log, why, batch.Length + _waiting.Reader.Count);
            }

            await PauseAsync(AuditLimits.Again).ConfigureAwait(false);
        }
    }

    private async ValueTask<Outcome<Done>?> AskAsync(ImmutableArray<AuditLine> batch, AskOptions options)
    {
        try
        {
            return await entities.AskAsync(ApiAuditKind.AddressOf(batch[0].At), new ApiAuditCommand.Record(batch), options, CancellationToken.None).ConfigureAwait(false);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    private async ValueTask PauseAsync(TimeSpan pause) =>
        await Task.Delay(pause, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static string Cut(string text) => text.Length > AuditLimits.TextMax ? text[..AuditLimits.TextMax] + "…" : text;
}
