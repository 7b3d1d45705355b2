using System.Collections.Immutable;
using System.Net.Mime;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Connections.Features;

namespace Gantry.Switch.Simulator;

/// <summary>Between HTTP and the model: reads the request, acts out faults, writes the answer.</summary>
internal sealed class DevicePipeline(SwitchCell cell, FaultSet faults, TimeProvider time, CancellationToken stopping)
{
    // One byte more than allowed, so that the model sees it is too long.
    private const int BodyBytesRead = 10_241;

    public async Task ServeAsync(HttpContext http)
    {
        var request = await ReadAsync(http).ConfigureAwait(false);
        var taken = faults.Take(request);
        request = request with { Faults = ModelFaultsOf(taken) };
        if (await RefuseAsync(http, request, taken).ConfigureAwait(false))
        {
            return;
        }

        var slow = taken.FirstOrDefault(f => f.Kind == "slow");
        if (slow is { Params.Apply: "after" })
        {
            await DelayAsync(slow).ConfigureAwait(false);
        }

        RemoveEntry(request, taken);
        var answer = cell.Step(request);
        if (slow is not null and not { Params.Apply: "after" })
        {
            await DelayAsync(slow).ConfigureAwait(false);
        }

        if (answer == SimAnswer.Crash || taken.Any(f => f.Kind == "drop_after_apply"))
        {
            Drop(http, request);
            return;
        }

        var replaced = taken.FirstOrDefault(f => f is { Kind: "status", Params.Apply: "after" });
        await WriteAsync(http, request, replaced is null ? answer : Replacement(replaced.Params)).ConfigureAwait(false);
    }

    private static ModelFaults ModelFaultsOf(ImmutableArray<SimFault> taken)
    {
        var full = taken.Where(f => f is { Kind: "table_full", Params.Table: not null }).Select(f => f.Params.Table!);
        var version = taken.FirstOrDefault(f => f.Kind == "version");
        return new ModelFaults(
            full.ToHashSet(StringComparer.OrdinalIgnoreCase),
            taken.Any(f => f.Kind == "absent"),
            version is not null && SimVersion.TryParse(version.Params.Newest, out var newest) ? newest : SimVersion.Newest)
        {
            FailsMidway = taken.Any(f => f.Kind == "fail_midway"),
            SyntheticTables = taken.Where(f => f is { Kind: "synthetic", Params.Table: not null }).Select(f => f.Params.Table!)
                .ToHashSet(StringComparer.OrdinalIgnoreCase),
        };
    }

    private static SimAnswer Replacement(FaultParams with) =>
        new(with.Status) { Error = new DaemonError(with.ErrorCode, "a fault was asked for over the control interface") };

    // The operation is not run at all: true when the request is dealt with.
    private async Task<bool> RefuseAsync(HttpContext http, SimRequest request, ImmutableArray<SimFault> taken)
    {
        if (taken.Any(f => f.Kind == "restart"))
        {
            cell.Change((state, now) => state.Restarted(now));
            Drop(http, request);
            return true;
        }

        if (taken.Any(f => f.Kind == "refuse"))
        {
            Drop(http, request);
            return true;
        }

        if (taken.Any(f => f.Kind == "black_hole"))
        {
            await ForeverAsync(http).ConfigureAwait(false);
            Drop(http, request);
            return true;
        }

        var answer = taken.Select(InsteadOf).FirstOrDefault(a => a is not null);
        if (answer is null)
        {
            return false;
        }

        await WriteAsync(http, request, answer).ConfigureAwait(false);
        return true;
    }

    private static SimAnswer? InsteadOf(SimFault fault) => fault switch
    {
        { Kind: "status", Params.Apply: not "after" } => Replacement(fault.Params),
        { Kind: "synthetic", Params.Table: null } => new SimAnswer(418) { Error = new DaemonError("Synthetic ASIC error", "table operation") },
        _ => null,
    };

    private void RemoveEntry(SimRequest request, ImmutableArray<SimFault> taken)
    {
        if (taken.Any(f => f.Kind == "entry_missing")
            && request.Method is "PUT" or "DELETE"
            && Ip.TryParse(request.Path.Split('/')[^1], out var address))
        {
            cell.Change((state, _) => Divergence.WithoutEntry(state, address));
        }
    }

    private Task DelayAsync(SimFault slow) =>
        // T8: a caller that went away does not stop the operation.
        Task.Delay(TimeSpan.FromMilliseconds(slow.Params.DelayMs), time, stopping);

    private async Task ForeverAsync(HttpContext http)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Drop(HttpContext http, SimRequest request)
    {
        Note(request, 0, "");
        SwitchSimulator.Reset(http.Features.Get<IConnectionSocketFeature>());
        http.Abort();
    }

    private async Task<SimRequest> ReadAsync(HttpContext http)
    {
        var buffer = new byte[BodyBytesRead];
        var length = await http.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, http.RequestAborted)
            .ConfigureAwait(false);
        return new SimRequest
        {
            Method = http.Request.Method,
            Path = http.Request.Path.Value ?? "/",
            Query = http.Request.Query.ToDictionary(q => q.Key, q => q.Value.ToString(), StringComparer.Ordinal),
            ApiVersion = http.Request.Headers["api-version"] is [{ } version] ? version : null,
            ContentType = http.Request.ContentType?.Split(';')[0].Trim(),
            Body = buffer.AsMemory(0, length),
            Now = time.GetUtcNow(),
            NewId = cell.NewId(),
        };
    }

    private async Task WriteAsync(HttpContext http, SimRequest request, SimAnswer answer)
    {
        var id = cell.NewId().ToString();
        http.Response.StatusCode = answer.Status;
        http.Response.Headers["x-request-id"] = id;
        if (answer.Allow is not null)
        {
            http.Response.Headers.Allow = answer.Allow;
        }

        var body = answer.Error is { } error ? ErrorBody(error, id) : answer.Body;
        var text = body?.ToJsonString() ?? (answer.IsNullBody ? "null" : "");
        Note(request, answer.Status, text);
        if (text.Length > 0)
        {
            http.Response.ContentType = MediaTypeNames.Application.Json;
            await http.Response.WriteAsync(text, http.RequestAborted).ConfigureAwait(false);
        }
    }

    private static JsonObject ErrorBody(DaemonError error, string id)
    {
        var body = new JsonObject { ["request_id"] = id };
        if (error.Code is not null)
        {
            body["error_code"] = error.Code;
        }

        body["message"] = error.Message;
        return body;
    }

    private void Note(SimRequest request, int status, string answer)
    {
        var query = string.Join('&', request.Query.Select(q => $"{q.Key}={q.Value}"));
        cell.Note(new SeenRequest(
            request.Method, query.Length == 0 ? request.Path : $"{request.Path}?{query}", Encoding.UTF8.GetString(request.Body.Span), status, answer));
    }
}
