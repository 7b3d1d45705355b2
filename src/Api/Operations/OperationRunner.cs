using Gantry.Actors;
using Gantry.Primitives;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gantry.Api;

/// <summary>
/// Runs one request through the order of checks of operator-experience 5: credentials, then path, query and body, then rights, then
/// the handler with the rules and the state.
/// </summary>
internal static class OperationRunner
{
    public static async Task RunAsync(HttpContext context, Operation operation)
    {
        var gate = context.RequestServices.GetRequiredService<Gate>();
        var requestId = RequestIds.Assign(context, gate.Random);
        var started = gate.Clock.GetTimestamp();
        using var span = ApiTraces.Begin(operation, context, requestId);
        var came = gate.Clock.GetUtcNow();
        var call = new ApiCall(context, operation, gate);
        var answer = await AnswerAsync(call, gate).ConfigureAwait(false);
        WriteAudits.Record(call, gate, came, answer); // before it is sent: who reads the answer may look for the line
        if (answer is null)
        {
            return;
        }

        if (!await SendAsync(context, operation.Id, gate, answer).ConfigureAwait(false))
        {
            return;
        }

        span?.SetTag("http.response.status_code", context.Response.StatusCode);
        gate.Metrics.Answered(operation.Id, context.Response.StatusCode, gate.Clock.GetElapsedTime(started));
        if (operation.IsWrite && operation.Listener is not ListenerKind.Internal)
        {
            gate.Log.Written(
                operation.Id,
                context.Request.Path,
                call.CallerOrNull?.Name ?? "nobody",
                context.Connection.RemoteIpAddress?.ToString() ?? "in process",
                requestId,
                context.Response.StatusCode);
        }
    }

    // A stream reads while it answers: what fails before its first byte gets an error body, what fails later ends the connection, so that
    // nobody takes the part for the whole. False when nobody is left to answer.
    internal static async ValueTask<bool> SendAsync(HttpContext context, string operation, Gate gate, IResult answer)
    {
        try
        {
            await answer.ExecuteAsync(context).ConfigureAwait(false);
            return true;
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception e)
        {
            var failure = FailureOf(e);
            if (failure is null)
            {
                gate.Log.Broke(e, operation, RequestIds.Of(context));
            }

            if (context.Response.HasStarted)
            {
                context.Abort();
                return true;
            }

            context.Response.Headers.Remove("Cache-Control");
            await new FailureResult(failure ?? Internal()).ExecuteAsync(context).ConfigureAwait(false);
            return true;
        }
    }

    private static Failure? FailureOf(Exception e) => e is StoreUnavailableException away
        ? OutcomeAnswers.Later(ApiErrors.StoreUnavailable, away.Message, away.RetryAfter)
        : null;

    private static Failure Internal() => Failure.Of(new Refusal(RefusalKind.Bug, "Internal", "Internal Server Error"));

    // Null when nobody is left to answer.
    private static async ValueTask<IResult?> AnswerAsync(ApiCall call, Gate gate)
    {
        var aborted = call.Http.RequestAborted;
        using var deadline = new CancellationTokenSource(call.Operation.Deadline + ApiLimits.DeadlineGrace, gate.Clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(aborted, deadline.Token);
        try
        {
            if (await CheckAsync(call, gate, both.Token).ConfigureAwait(false) is { } failure)
            {
                return new FailureResult(failure);
            }

            if (call.IsDryRun)
            {
                var trial = DryRun.Enter();
                var would = await call.Operation.Handler(call, both.Token).ConfigureAwait(false);
                if (would is FailureResult)
                {
                    return would;
                }

                return await TakenClaims.WhyNotAsync(call.Views, trial, both.Token).ConfigureAwait(false) is { } taken
                    ? call.Refuse(taken)
                    : DryRunAnswers.Of(call, trial, call.Service<EngineModel>());
            }

            var answer = await call.Operation.Handler(call, call.Operation.IsStream ? aborted : both.Token).ConfigureAwait(false);
            return answer is FailureResult { Failure.Status: 412 } stale
                ? await PresentObject.AddAsync(call, stale, both.Token).ConfigureAwait(false)
                : answer;
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested)
        {
            return null;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return new FailureResult(OutcomeAnswers.Unknown($"no answer within {call.Operation.Deadline.TotalSeconds:0} s"));
        }
        catch (StoreUnavailableException e)
        {
            return new FailureResult(FailureOf(e)!);
        }
        catch (BadHttpRequestException e)
        {
            return new FailureResult(Failure.Malformed(ApiErrors.MalformedBody, e.Message));
        }
        catch (Exception e) when (!call.Http.Response.HasStarted)
        {
            gate.Log.Broke(e, call.Operation.Id, RequestIds.Of(call.Http));
            return new FailureResult(Internal());
        }
    }

    private static async ValueTask<Failure?> CheckAsync(ApiCall call, Gate gate, CancellationToken ct)
    {
        if (call.Operation.Listener is ListenerKind.Internal)
        {
            return ApiVersions.CheckInternal(call.Http.Request, call.Operation.Since, gate.InternalNewest)
                ?? await call.ReadAsync(ct).ConfigureAwait(false);
        }

        if (call.Operation.IsFree)
        {
            return ApiVersions.CheckExternal(call.Http.Request, call.Operation.Id) ?? await call.ReadAsync(ct).ConfigureAwait(false);
        }

        if (BearerToken.Of(call.Http.Request) is not { } token ||
            await gate.Callers.FindAsync(token, ct).ConfigureAwait(false) is not { } caller)
        {
            return Failure.Of(ApiErrors.Unauthorized());
        }

        call.CallerOrNull = caller;
        if (call.Operation.IsWrite && gate.Buckets.Take(caller.User) is { } wait)
        {
            gate.Metrics.Shed("caller_rate");
            return Failure.Of(TooMany()) with { RetryAfter = wait };
        }

        return ApiVersions.CheckExternal(call.Http.Request, call.Operation.Id)
            ?? (call.Operation.IsHidden ? CheckHidden(call, caller) : null)
            ?? await call.ReadAsync(ct).ConfigureAwait(false)
            ?? CheckRank(call.Operation, caller);
    }

    private static Failure? CheckHidden(ApiCall call, Caller caller) => caller.Fleet is Rank.None
        ? Failure.Of(Refusal.NotFound("object", call.Http.Request.Path))
        : CheckRank(call.Operation, caller);

    private static Failure? CheckRank(Operation operation, Caller caller) =>
        operation.Needs is not { Scope: RoleScope.Fleet, Rank: var needed } || caller.Fleet >= needed
            ? null
            : Failure.Of(ApiErrors.Forbidden(Ranks.FleetWord(needed), caller.FleetRole));

    private static Refusal TooMany() => new(
        RefusalKind.TooManyRequests,
        ApiErrors.TooManyRequests,
        $"more than {ApiLimits.CommandsPerSecond} writes a second (burst {ApiLimits.CommandsBurst}) by this caller",
        "wait for the time given, then go on more slowly");
}
