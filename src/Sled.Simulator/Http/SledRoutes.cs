using System.Net;
using Gantry.Devices;

namespace Gantry.Sled.Simulator;

/// <summary>The sled-agent API of one sled (vmm 5.2), with the request faults of the control interface in front.</summary>
internal sealed class SledRoutes(SimulatedSled sled, Func<string> address, QuorumRoutes? quorum, TimeProvider time, ILogger log)
{
    private static readonly Answer ChannelFull =
        Answer.Error(new SledError(StatusCodes.Status503ServiceUnavailable, "INSTANCE_CHANNEL_FULL", "too many requests wait for this VMM"));

    private readonly VmmChannels _channels = new();

    private static readonly Answer Garbage = new(StatusCodes.Status200OK, "{\"vmm_state\": "u8.ToArray());

    public async Task HandleAsync(HttpContext http)
    {
        var segments = Requests.Segments(http.Request);
        if (HttpMethods.IsGet(http.Request.Method) || segments is not ["vmms", var vmm, ..])
        {
            await PassAsync(http, segments).ConfigureAwait(false);
            return;
        }

        if (!_channels.TryEnter(vmm))
        {
            await ChannelFull.SendAsync(http).ConfigureAwait(false);
            return;
        }

        try
        {
            await PassAsync(http, segments).ConfigureAwait(false);
        }
        finally
        {
            _channels.Leave(vmm);
        }
    }

    private async Task PassAsync(HttpContext http, string[] segments)
    {
        using var counted = sled.Traffic.Enter(http.Request.Method, segments);
        var path = http.Request.Path.Value ?? "";
        var fault = sled.Faults.Take(FaultKinds.OfRequests, http.Request.Method, path, segments.Length > 1 ? segments[1] : null);
        switch (fault?.Fault.Kind)
        {
            case FaultKinds.BlackHole:
                await fault.Ended.WaitAsync(http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                http.Abort();
                return;
            case FaultKinds.Slow:
                await Task.Delay(fault.Delay, time, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            case FaultKinds.Status:
                await Faulty(fault.Fault.Params).SendAsync(http).ConfigureAwait(false);
                return;
            case FaultKinds.Garbage:
                await Garbage.SendAsync(http).ConfigureAwait(false);
                return;
            default:
                break;
        }

        var answer = await Requests.GuardAsync(() => AnswerAsync(http.Request, segments), log, path).ConfigureAwait(false);
        if (fault?.Fault.Kind == FaultKinds.DropAfterApply)
        {
            http.Abort();
            return;
        }

        await answer.SendAsync(http).ConfigureAwait(false);
    }

    private static Answer Faulty(FaultParams? given) =>
        Answer.Error(new SledError(given?.Status ?? 500, given?.ErrorCode, given?.Message ?? "injected fault"));

    private async Task<Answer> AnswerAsync(HttpRequest request, string[] segments)
    {
        var (version, error) = ApiVersion.Of(request);
        if (version is null)
        {
            return error!; // Of gives one of the two
        }

        return (request.Method, segments) switch
        {
            ("GET", ["inventory"]) => Answer.Json(Inventory(), SimJson.Default.InventoryBody),
            ("GET", ["sled-identifiers"]) => Answer.Json(Identifiers(), SimJson.Default.IdentifiersBody),
            ("POST", ["local-storage"]) => Stored(sled.Storage.Ensure(
                await Requests.BodyAsync(request, SimJson.Default.LocalStorageEnsureBody).ConfigureAwait(false))),
            ("DELETE", ["local-storage"]) => await UnstoreAsync(request).ConfigureAwait(false),
            (_, ["networking", "mcast-m2p" or "mcast-fwd"]) when version >= ApiVersion.PacketEngine =>
                await PacketEngineRoutes.AnswerAsync(request, sled.PacketEngine, segments[1]).ConfigureAwait(false),
            (_, ["vmms", var id, ..]) => await VmmAsync(request, version, id, segments[2..]).ConfigureAwait(false),
            (_, ["trust-quorum", ..]) or ("PUT", ["sleds"]) when quorum is not null =>
                await quorum.AnswerAsync(request, segments).ConfigureAwait(false),
            _ => Answer.NotFound,
        };
    }

    private static Answer Stored(SledError? error) => error is null ? Answer.NoContent : Answer.Error(error);

    private async Task<Answer> UnstoreAsync(HttpRequest request)
    {
        sled.Storage.Delete(await Requests.BodyAsync(request, SimJson.Default.LocalStorageDeleteBody).ConfigureAwait(false));
        return Answer.NoContent;
    }

    private async Task<Answer> VmmAsync(HttpRequest request, Version version, string text, string[] rest)
    {
        if (!Guid.TryParseExact(text, "D", out var id))
        {
            return Answer.BadRequest($"bad parameter in URL path: \"{text}\" is not a UUID");
        }

        return (request.Method, rest) switch
        {
            ("PUT", []) => await RegisterAsync(request, id, version).ConfigureAwait(false),
            ("DELETE", []) => Answer.Json(new UpdateBody(sled.Unregister(id)?.Answer), SimJson.Default.UpdateBody),
            ("GET", ["state"]) => State(sled.Get(id)),
            ("PUT", ["state"]) => await PutStateAsync(request, id).ConfigureAwait(false),
            ("PUT" or "DELETE", ["multicast-group"]) when version >= ApiVersion.PlainMemberships =>
                await PlainMulticastAsync(request, id).ConfigureAwait(false),
            ("PUT" or "DELETE", ["multicast-group"]) when version >= ApiVersion.Multicast =>
                await MulticastAsync(request, id).ConfigureAwait(false),
            ("PUT" or "DELETE", ["external-ip"]) => await ExternalIpAsync(request, id).ConfigureAwait(false),
            ("POST", ["poke"]) => Done(sled.Poke(id, isSingleStep: false)),
            ("POST", ["poke-single-step"]) => Done(sled.Poke(id, isSingleStep: true)),
            ("POST", ["sim-migration-source"]) => await MigrationSourceAsync(request, id).ConfigureAwait(false),
            _ => Answer.NotFound,
        };
    }

    private async Task<Answer> RegisterAsync(HttpRequest request, Guid id, Version version)
    {
        var body = await Requests.BodyAsync(request, SimJson.Default.EnsureBody).ConfigureAwait(false);
        if (body.VmmRuntime.Gen < 0)
        {
            return Answer.BadRequest($"vmm_runtime.gen {body.VmmRuntime.Gen} is negative");
        }

        if (body.LocalConfig.MulticastGroups is null && version >= ApiVersion.Multicast)
        {
            return Answer.BadRequest("local_config.multicast_groups is missing");
        }

        var groups = body.LocalConfig.MulticastGroups ?? [];
        if (groups.Select(WhyNotMembership).FirstOrDefault(w => w is not null) is { } why)
        {
            return Answer.Error(SledError.Invalid(why));
        }

        return State(sled.Register(new Vmm
        {
            Id = id,
            InstanceId = body.InstanceId,
            MigrationId = body.MigrationId,
            Runtime = new VmmRuntime(body.VmmRuntime.State, body.VmmRuntime.Gen, body.VmmRuntime.TimeUpdated),
            Cpus = body.VmmSpec.Board.Cpus,
            MemoryMebibytes = body.VmmSpec.Board.MemoryMb,
            MulticastGroups = [.. groups.Select(ToMembership)],
            ExternalIps = [.. ToExternalIps(body.LocalConfig.ExternalIps.V4), .. ToExternalIps(body.LocalConfig.ExternalIps.V6)],
        }));
    }

    private static IEnumerable<SledExternalIp> ToExternalIps(ExternalIpFamilyBody? family) => family is null
        ? []
        : family.FloatingIps.Select(ip => new SledExternalIp(ip, IsFloating: true))
            .Concat(family.EphemeralIp is { } ephemeral ? [new SledExternalIp(ephemeral, IsFloating: false)] : []);

    private async Task<Answer> PutStateAsync(HttpRequest request, Guid id)
    {
        var body = await Requests.BodyAsync(request, SimJson.Default.PutStateBody).ConfigureAwait(false);
        if (body.State.Type is not ("running" or "stopped" or "reboot" or "migration_target"))
        {
            return Answer.BadRequest($"unable to parse JSON body: unknown variant \"{body.State.Type}\"");
        }

        var wanted = new VmmStateRequest(body.State.Type, body.State.Value?.SrcPropolisAddr);
        if (wanted is { Type: "migration_target", SrcPropolisAddress: null })
        {
            return Answer.BadRequest("unable to parse JSON body: migration_target needs value.src_propolis_addr");
        }

        var answer = sled.Change(id, (vmm, now) => VmmMachine.Put(vmm, wanted, now));
        if (wanted.Type == "migration_target" && answer.After is { } target && sled.Settings.Mode == SledModes.Auto)
        {
            sled.TargetTold?.Invoke(target);
        }

        return answer.Error is { } error ? Answer.Error(error) : Answer.Json(new UpdateBody(answer.After!.Answer), SimJson.Default.UpdateBody);
    }

    private async Task<Answer> MulticastAsync(HttpRequest request, Guid id)
    {
        var body = await Requests.BodyAsync(request, SimJson.Default.MulticastChangeBody).ConfigureAwait(false);
        var isJoin = request.Method == "PUT";
        var given = isJoin ? body.Join : body.Leave;
        if (given is null || (body.Join is not null && body.Leave is not null))
        {
            return Answer.BadRequest($"{request.Method} takes {{\"{(isJoin ? "join" : "leave")}\": membership}}");
        }

        if (WhyNotMembership(given) is { } why)
        {
            return Answer.Error(SledError.Invalid(why));
        }

        var membership = ToMembership(given);
        var answer = sled.Change(id, (vmm, _) => VmmAnswer.Is(Memberships.Change(vmm, membership, isJoin)));

        // An unknown VMM is an internal error here, unlike everywhere else (multicast 8.1).
        return answer.Error is null ? Answer.NoContent : Answer.Error(SledError.Internal);
    }

    // A repeated join replaces the sources, a leave goes by the group alone (multicast 8.2).
    private async Task<Answer> PlainMulticastAsync(HttpRequest request, Guid id)
    {
        var body = await Requests.BodyAsync(request, SimJson.Default.MembershipBody).ConfigureAwait(false);
        if (WhyNotMembership(body) is { } why)
        {
            return Answer.Error(SledError.Invalid(why));
        }

        var isJoin = request.Method == "PUT";
        var answer = sled.Change(id, (vmm, _) => VmmAnswer.Is(Memberships.Replace(vmm, ToMembership(body), isJoin)));
        return answer.Error is null ? Answer.NoContent : Answer.Error(SledError.Internal);
    }

    private async Task<Answer> ExternalIpAsync(HttpRequest request, Guid id)
    {
        var body = await Requests.BodyAsync(request, SimJson.Default.ExternalIpChangeBody).ConfigureAwait(false);
        if (body.Type is not ("ephemeral" or "floating"))
        {
            return Answer.BadRequest($"unable to parse JSON body: unknown variant \"{body.Type}\"");
        }

        if (!IPAddress.TryParse(body.Value, out _))
        {
            return Answer.BadRequest($"unable to parse JSON body: \"{body.Value}\" is not an address");
        }

        var ip = new SledExternalIp(body.Value, body.Type == "floating");
        return Done(sled.Change(id, (vmm, _) => request.Method == "PUT" ? ExternalIps.Attach(vmm, ip) : ExternalIps.Detach(vmm, ip)));
    }

    private async Task<Answer> MigrationSourceAsync(HttpRequest request, Guid id)
    {
        var body = await Requests.BodyAsync(request, SimJson.Default.MigrationSourceBody).ConfigureAwait(false);
        return body.Result is "Success" or "Failure"
            ? Done(sled.Change(id, (vmm, _) => VmmMachine.MigrateOut(vmm, body.MigrationId, body.Result == "Success")))
            : Answer.BadRequest($"unable to parse JSON body: unknown variant \"{body.Result}\"");
    }

    private static string? WhyNotMembership(MembershipBody membership)
    {
        if (!IPAddress.TryParse(membership.GroupIp, out var group) || !Memberships.IsMulticast(group))
        {
            return $"group_ip \"{membership.GroupIp}\" is not a multicast address";
        }

        return membership.Sources.FirstOrDefault(s => !IPAddress.TryParse(s, out _)) is { } bad ? $"source \"{bad}\" is not an address" : null;
    }

    private static SledMulticastMembership ToMembership(MembershipBody body) => new(body.GroupIp, body.Sources);

    private static Answer State(VmmAnswer answer) =>
        answer.Error is { } error ? Answer.Error(error) : Answer.Json(answer.After!.Answer, SimJson.Default.SledVmmState);

    private static Answer Done(VmmAnswer answer) => answer.Error is { } error ? Answer.Error(error) : Answer.NoContent;

    private InventoryBody Inventory() => new()
    {
        SledId = sled.Options.Id,
        SledAgentAddress = address(),
        SledRole = sled.Options.Role,
        BaseboardId = new BaseboardIdBody(sled.Options.Part, sled.Serial),
        CpuFamily = sled.Options.CpuFamily,
        UsableHardwareThreads = sled.Options.HardwareThreads,
        UsablePhysicalRam = sled.Options.PhysicalRamBytes,
        ReservoirSize = sled.Options.ReservoirBytes,
    };

    private IdentifiersBody Identifiers() =>
        new(sled.Options.RackId, sled.Options.Id, sled.Options.Part, sled.Options.Revision, sled.Serial);
}
