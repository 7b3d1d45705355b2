using System.Text.Json.Serialization.Metadata;
using Gantry.Primitives;
using Gantry.TrustQuorum.Protocol;

namespace Gantry.Sled.Simulator;

/// <summary>The sled agent's endpoints of the quorum node (tq 7.3). Errors are 500 with the node's error name; a full queue is 503.</summary>
internal sealed class QuorumRoutes(QuorumSled sled, Func<BaseboardId, RunningSled?> find)
{
    private static readonly Answer Null = new(StatusCodes.Status200OK, "null"u8.ToArray());

    public async Task<Answer> AnswerAsync(HttpRequest request, string[] segments)
    {
        if (segments is ["sleds"])
        {
            return await StartSledAsync(request).ConfigureAwait(false);
        }

        if (sled.Host is not { } host)
        {
            return Refused(new TqError(TqErrorCode.Stopped, "the quorum node does not run"));
        }

        return (request.Method, segments[1..]) switch
        {
            ("POST", ["configuration"]) => await ReconfigureAsync(host, request).ConfigureAwait(false),
            ("POST", ["upgrade"]) => await UpgradeAsync(host, request).ConfigureAwait(false),
            ("PUT", ["commit"]) => Done(await host.CommitAsync(await BodyAsync(request, TqJson.Default.TqCommitRequest).ConfigureAwait(false), Ct(request)).ConfigureAwait(false)),
            ("PUT", ["prepare-and-commit"]) => await PrepareAndCommitAsync(host, request).ConfigureAwait(false),
            ("GET", ["coordinator-status"]) => OrNull(await host.CoordinatorStatusAsync(Ct(request)).ConfigureAwait(false), TqJson.Default.TqCoordinatorStatus),
            ("GET", ["status"]) => OrNull(await host.StatusAsync(Ct(request)).ConfigureAwait(false), TqJson.Default.TqNodeStatus),
            ("PUT", ["proxy", "commit"]) => Done(await host.ProxyCommitAsync(
                await BodyAsync(request, TqJson.Default.TqProxyCommitRequest).ConfigureAwait(false), Ct(request)).ConfigureAwait(false)),
            ("PUT", ["proxy", "prepare-and-commit"]) => await ProxyPrepareAndCommitAsync(host, request).ConfigureAwait(false),
            ("GET", ["proxy", "status"]) => await ProxyStatusAsync(host, request).ConfigureAwait(false),
            ("GET", ["network-config"]) => OrNull(await host.NetworkConfigAsync(Ct(request)).ConfigureAwait(false), TqJson.Default.TqNetworkConfig),
            ("PUT", ["network-config"]) => await PutNetworkConfigAsync(host, request).ConfigureAwait(false),
            _ => Answer.NotFound,
        };
    }

    private static async Task<Answer> ReconfigureAsync(TqNodeHost host, HttpRequest request)
    {
        var message = await BodyAsync(request, TqJson.Default.ReconfigureMsg).ConfigureAwait(false);
        return Done(await host.ReconfigureAsync(message, Ct(request)).ConfigureAwait(false));
    }

    private static async Task<Answer> UpgradeAsync(TqNodeHost host, HttpRequest request)
    {
        var message = await BodyAsync(request, TqJson.Default.LrtqUpgradeMsg).ConfigureAwait(false);
        return Done(await host.UpgradeFromLrtqAsync(message, Ct(request)).ConfigureAwait(false));
    }

    private static async Task<Answer> PrepareAndCommitAsync(TqNodeHost host, HttpRequest request)
    {
        var body = await BodyAsync(request, TqJson.Default.TqPrepareAndCommitRequest).ConfigureAwait(false);
        return body.Config.WhyNot() is { } why
            ? Answer.BadRequest(why)
            : StatusOf(await host.PrepareAndCommitAsync(body.Config, Ct(request)).ConfigureAwait(false));
    }

    private static async Task<Answer> ProxyPrepareAndCommitAsync(TqNodeHost host, HttpRequest request)
    {
        var body = await BodyAsync(request, TqJson.Default.TqProxyPrepareAndCommitRequest).ConfigureAwait(false);
        return body.Request.Config.WhyNot() is { } why
            ? Answer.BadRequest(why)
            : StatusOf(await host.ProxyPrepareAndCommitAsync(body, Ct(request)).ConfigureAwait(false));
    }

    private static async Task<Answer> ProxyStatusAsync(TqNodeHost host, HttpRequest request)
    {
        var part = request.Query["part_number"].ToString();
        var serial = request.Query["serial_number"].ToString();
        return BaseboardId.TryParse($"{part}:{serial}", out var destination)
            ? OrNull(await host.ProxyStatusAsync(destination, Ct(request)).ConfigureAwait(false), TqJson.Default.TqNodeStatus)
            : Answer.BadRequest("bad query: part_number and serial_number are required");
    }

    private static async Task<Answer> PutNetworkConfigAsync(TqNodeHost host, HttpRequest request)
    {
        var config = await BodyAsync(request, TqJson.Default.TqNetworkConfig).ConfigureAwait(false);
        return config.Blob.Length > TqNetworkConfig.BlobBytesMax
            ? Answer.BadRequest($"blob has {config.Blob.Length} bytes; at most {TqNetworkConfig.BlobBytesMax} are taken")
            : Done(await host.PutNetworkConfigAsync(config, Ct(request)).ConfigureAwait(false));
    }

    private async Task<Answer> StartSledAsync(HttpRequest request)
    {
        var body = await BodyAsync(request, TqJson.Default.AddSledRequest).ConfigureAwait(false);
        if (find(body.SledId) is not { } target)
        {
            return Answer.Error(new SledError(StatusCodes.Status500InternalServerError, "NotFound", $"no sled {body.SledId} is on the bootstrap network"));
        }

        var start = body.StartRequest.Body;
        if (!await target.StartAgentAsync(start.Id.Value, start.RackId.Value, Ct(request)).ConfigureAwait(false))
        {
            return Answer.Error(new SledError(
                StatusCodes.Status500InternalServerError, "AlreadyInitialized", $"sled {body.SledId} already runs as {target.Id}, not {start.Id}"));
        }

        QuorumLog.AgentStarted(sled.Log, target.Serial, target.Id);
        return Answer.NoContent;
    }

    private static Task<T> BodyAsync<T>(HttpRequest request, JsonTypeInfo<T> type) where T : class => Requests.BodyAsync(request, type);

    private static CancellationToken Ct(HttpRequest request) => request.HttpContext.RequestAborted;

    private static Answer Done(TqError? error) => error is null ? Answer.NoContent : Refused(error);

    private static Answer Done(TqCommitResult result)
    {
        if (result.Error is { } error)
        {
            return Refused(error);
        }

        return result.Status == TqCommitStatus.Committed
            ? Answer.NoContent
            : Answer.Error(new SledError(StatusCodes.Status500InternalServerError, "Pending", "the epoch is older than the latest commit and was skipped here"));
    }

    private static Answer StatusOf(TqCommitResult result) =>
        result.Error is { } error ? Refused(error) : Answer.Json(result.Status, TqJson.Default.TqCommitStatus);

    private static Answer OrNull<T>(TqReply<T> reply, JsonTypeInfo<T> type) where T : class
    {
        if (reply.Error is { } error)
        {
            return Refused(error);
        }

        return reply.Value is { } value ? Answer.Json(value, type) : Null;
    }

    private static Answer Refused(TqError error) => Answer.Error(new SledError(
        error.Code == TqErrorCode.Busy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status500InternalServerError,
        error.Code.ToString(),
        error.Message));
}
