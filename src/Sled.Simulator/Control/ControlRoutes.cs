using Gantry.Primitives;

namespace Gantry.Sled.Simulator;

/// <summary>The control interface (engine 11.5): <c>/control/&lt;serial or "gateway"&gt;/...</c>. Never part of the device's own API.</summary>
internal sealed class ControlRoutes(
    IReadOnlyList<RunningSled> sleds, RunningGateway? gateway, TimeProvider time, ILogger log)
{
    public async Task HandleAsync(HttpContext http)
    {
        var answer = await Requests.GuardAsync(
            () => AnswerAsync(http.Request, Requests.Segments(http.Request)), log, http.Request.Path.Value ?? "").ConfigureAwait(false);
        await answer.SendAsync(http).ConfigureAwait(false);
    }

    private async Task<Answer> AnswerAsync(HttpRequest request, string[] segments)
    {
        if (segments is ["control"] && request.Method == "GET")
        {
            return Answer.Json([.. sleds.Select(s => s.Serial)], SimJson.Default.IReadOnlyListString);
        }

        if (segments is not ["control", var device, .. var rest])
        {
            return Answer.NotFound;
        }

        if (device == "clock" && rest is [])
        {
            return await ClockAsync(request).ConfigureAwait(false);
        }

        if (device == "gateway" && gateway is not null)
        {
            return await GatewayAsync(request, rest).ConfigureAwait(false);
        }

        var sled = sleds.FirstOrDefault(s => string.Equals(s.Serial, device, StringComparison.Ordinal));
        return sled is null ? Answer.NotFound : await SledAsync(request, sled, rest).ConfigureAwait(false);
    }

    private static async Task<Answer> SledAsync(HttpRequest request, RunningSled sled, string[] rest)
    {
        switch (request.Method, rest)
        {
            case ("GET", ["state"]):
                return Answer.Json(sled.View(), SimJson.Default.SledView);
            case (_, ["faults", ..]):
                return await FaultsAsync(request, sled.Model.Faults, rest, sled.FollowFaultsAsync).ConfigureAwait(false);
            case ("PUT", ["settings"]):
                return await SettingsAsync(request, sled).ConfigureAwait(false);
            case ("POST", ["restart"]):
                await sled.RestartAsync().ConfigureAwait(false);
                return Answer.NoContent;
            case ("POST", ["do"]):
                return Happen(sled.Model, await Requests.BodyAsync(request, SimJson.Default.HappeningBody).ConfigureAwait(false));
            default:
                return Answer.NotFound;
        }
    }

    private async Task<Answer> ClockAsync(HttpRequest request)
    {
        if (time is not VirtualClock clock)
        {
            return Answer.BadRequest("the clock is the real one; start with --clock virtual");
        }

        if (request.Method == "POST")
        {
            var body = await Requests.BodyAsync(request, SimJson.Default.ClockBody).ConfigureAwait(false);
            if (body.AdvanceMs is < 0 or > 30L * 24 * 3_600_000)
            {
                return Answer.BadRequest($"advance_ms {body.AdvanceMs} is not within 0 and 30 days");
            }

            clock.Advance(TimeSpan.FromMilliseconds(body.AdvanceMs));
        }

        return request.Method is "GET" or "POST" ? Answer.Json(new ClockView(clock.GetUtcNow()), SimJson.Default.ClockView) : Answer.NotFound;
    }

    private async Task<Answer> GatewayAsync(HttpRequest request, string[] rest) => rest is ["faults", ..]
        ? await FaultsAsync(request, gateway!.Faults, rest, gateway.FollowFaultsAsync).ConfigureAwait(false) // checked by the caller
        : Answer.NotFound;

    private static async Task<Answer> FaultsAsync(HttpRequest request, FaultTable faults, string[] rest, Func<Task> follow)
    {
        switch (request.Method, rest)
        {
            case ("GET", ["faults"]):
                return Answer.Json(RunningSled.Faults(faults), SimJson.Default.IReadOnlyListFaultView);
            case ("POST", ["faults"]):
                var fault = await Requests.BodyAsync(request, SimJson.Default.Fault).ConfigureAwait(false);
                if (WhyNot(fault) is { } why)
                {
                    return Answer.BadRequest(why);
                }

                if (faults.Add(fault) is not { } added)
                {
                    return Answer.BadRequest($"there are {FaultTable.Max} faults already; delete some");
                }

                await follow().ConfigureAwait(false);
                return Answer.Json(new FaultId(added.Id), SimJson.Default.FaultId, StatusCodes.Status201Created);
            case ("DELETE", ["faults"]):
                faults.Delete(null);
                await follow().ConfigureAwait(false);
                return Answer.NoContent;
            case ("DELETE", ["faults", var id]):
                var isGone = faults.Delete(id);
                await follow().ConfigureAwait(false);
                return isGone ? Answer.NoContent : Answer.NotFound;
            default:
                return Answer.NotFound;
        }
    }

    private static string? WhyNot(Fault fault)
    {
        if (!FaultKinds.All.Contains(fault.Kind))
        {
            return $"fault kind \"{fault.Kind}\" is none of {string.Join(", ", FaultKinds.All)}";
        }

        if (fault.Kind == FaultKinds.Refuse && (fault.Match is not null || fault.Count is not null || fault.Probability is not null))
        {
            return "refuse closes the port until it is deleted: it takes no match, count or probability";
        }

        if (fault.Count < 1)
        {
            return $"count {fault.Count} is below 1";
        }

        if (fault.Probability is < 0 or > 1)
        {
            return $"probability {fault.Probability} is not within 0 and 1";
        }

        return fault.Params is { DelayMs: < 0 } or { Status: < 200 or > 599 } ? "params hold a delay or status out of range" : null;
    }

    private static async Task<Answer> SettingsAsync(HttpRequest request, RunningSled sled)
    {
        var settings = await Requests.BodyAsync(request, SimJson.Default.SledSettings).ConfigureAwait(false);
        if (settings.WhyNot() is { } why)
        {
            return Answer.BadRequest(why);
        }

        sled.Model.Set(settings);
        await sled.FollowFaultsAsync().ConfigureAwait(false);
        return Answer.Json(sled.Model.Settings, SimJson.Default.SledSettings);
    }

    private static Answer Happen(SimulatedSled sled, HappeningBody body)
    {
        switch (body.Event)
        {
            case "guest_shutdown":
                var shut = sled.Change(body.Object, (vmm, _) => VmmAnswer.Is(VmmMachine.GuestShutdown(vmm)));
                return Ended(shut.Error is null ? sled.Poke(body.Object, isSingleStep: false) : shut);
            case "hypervisor_crash" or "pool_removed":
                return Ended(sled.Change(body.Object, (vmm, now) => VmmAnswer.Is(VmmMachine.End(vmm, VmmStates.Failed, now))));
            case "migration_in_failure":
                return Ended(sled.Change(body.Object, (vmm, _) => VmmAnswer.Is(VmmMachine.FailMigrationIn(vmm))));
            case "forget_vmm":
                return sled.ForgetSilently(body.Object) ? Answer.NoContent : Answer.NotFound;
            default:
                return Answer.BadRequest(
                    $"event \"{body.Event}\" is none of guest_shutdown, hypervisor_crash, pool_removed, migration_in_failure, forget_vmm");
        }
    }

    private static Answer Ended(VmmAnswer answer) => answer.Error is { } error ? Answer.Error(error) : Answer.NoContent;
}
