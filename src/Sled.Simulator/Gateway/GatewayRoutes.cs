using System.Globalization;

namespace Gantry.Sled.Simulator;

/// <summary>One service processor as the management gateway shows it (vmm 1.9).</summary>
internal sealed record ServiceProcessorBody(string Type, int Slot, string PartNumber, string SerialNumber, string PowerState);

/// <summary>The rack's management gateway: every sled of the process and the switches.</summary>
internal sealed class GatewayRoutes(IReadOnlyList<SimulatedSled> sleds, SledSimulatorOptions options, ILogger log)
{
    public async Task HandleAsync(HttpContext http)
    {
        var answer = await Requests.GuardAsync(
            () => Task.FromResult(Of(http.Request)), log, http.Request.Path.Value ?? "").ConfigureAwait(false);
        await answer.SendAsync(http).ConfigureAwait(false);
    }

    private Answer Of(HttpRequest request) => (request.Method, Requests.Segments(request)) switch
    {
        ("GET", ["sp"]) => Answer.Json(All(), SimJson.Default.IReadOnlyListServiceProcessorBody),
        ("GET", ["sp", var type, var slot]) => One(type, slot),
        _ => Answer.NotFound,
    };

    private Answer One(string type, string slot)
    {
        if (type is not ("sled" or "switch" or "power") || !int.TryParse(slot, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return Answer.BadRequest($"there is no service processor {type}/{slot}");
        }

        return All().FirstOrDefault(sp => sp.Type == type && sp.Slot == number) is { } found
            ? Answer.Json(found, SimJson.Default.ServiceProcessorBody)
            : Answer.NotFound;
    }

    private IReadOnlyList<ServiceProcessorBody> All() =>
    [
        .. sleds.Select(s => new ServiceProcessorBody("sled", s.Options.Slot, s.Options.Part, s.Settings.SpSerial ?? s.Serial, s.Settings.Power!)),
        .. options.Switches.Select(s => new ServiceProcessorBody("switch", s.Slot, s.Part, s.Serial, "A0")),
    ];
}
