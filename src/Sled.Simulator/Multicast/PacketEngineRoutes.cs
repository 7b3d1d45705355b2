namespace Gantry.Sled.Simulator;

/// <summary>/networking/mcast-m2p and /networking/mcast-fwd of one sled.</summary>
internal static class PacketEngineRoutes
{
    public static async Task<Answer> AnswerAsync(HttpRequest request, PacketEngine engine, string noun) => (request.Method, noun) switch
    {
        ("GET", "mcast-m2p") => Answer.Json(engine.Mappings, SimJson.Default.ImmutableArraySledGroupMapping),
        ("PUT", "mcast-m2p") => Done(engine.Set(await Requests.BodyAsync(request, SimJson.Default.SledGroupMapping).ConfigureAwait(false))),
        ("DELETE", "mcast-m2p") => Done(engine.Clear(await Requests.BodyAsync(request, SimJson.Default.SledGroupMapping).ConfigureAwait(false))),
        ("GET", "mcast-fwd") => Answer.Json(engine.Forwarding, SimJson.Default.ImmutableArraySledForwarding),
        ("PUT", "mcast-fwd") => Done(engine.Add(await Requests.BodyAsync(request, SimJson.Default.SledForwarding).ConfigureAwait(false))),
        ("DELETE", "mcast-fwd") => Done(engine.ClearForwarding(
            (await Requests.BodyAsync(request, SimJson.Default.ForwardingKeyBody).ConfigureAwait(false)).Underlay)),
        _ => Answer.NotFound,
    };

    private static Answer Done(string? why) => why is null ? Answer.NoContent : Answer.Error(SledError.Invalid(why));
}

/// <summary>What names the forwarding of an underlay address.</summary>
internal sealed record ForwardingKeyBody(string Underlay);
