using System.Text.Json;
using System.Text.Json.Nodes;
using Gantry.Primitives;

namespace Gantry.Switch.Simulator;

/// <summary>The control interface (engine 11.5), never part of the device's API.</summary>
internal sealed class ControlEndpoints(SwitchCell cell, FaultSet faults, TimeProvider time)
{
    private const long AdvanceMsMax = 30L * 24 * 3_600_000;

    public void Map(IEndpointRouteBuilder app, string prefix)
    {
        app.MapGet($"{prefix}/state", http => WriteAsync(http, 200, StateView.Of(cell.State)));
        app.MapGet($"{prefix}/requests", http => WriteAsync(http, 200, StateView.Of(cell.Requests)));
        app.MapGet($"{prefix}/faults", http => WriteAsync(http, 200, ActiveFaults()));
        app.MapPost($"{prefix}/faults", AddFaultAsync);
        app.MapDelete($"{prefix}/faults", http =>
        {
            faults.Clear();
            return WriteAsync(http, 204, body: null);
        });
        app.MapDelete($"{prefix}/faults/{{id:int}}", http =>
            faults.Remove(int.Parse((string)http.Request.RouteValues["id"]!))
                ? WriteAsync(http, 204, body: null)
                : ErrorAsync(http, 404, "no such fault; GET …/faults lists those set"));
        app.MapPut($"{prefix}/settings", SetAsync);
        app.MapPost($"{prefix}/restart", http =>
        {
            cell.Change((state, now) => state.Restarted(now));
            return WriteAsync(http, 204, body: null);
        });
        app.MapPost($"{prefix}/do", DoAsync);
        app.MapGet($"{prefix}/clock", http => WriteAsync(http, 200, ClockView()));
        app.MapPost($"{prefix}/clock", AdvanceAsync);
    }

    private static async Task WriteAsync(HttpContext http, int status, JsonNode? body)
    {
        http.Response.StatusCode = status;
        if (body is not null)
        {
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync(body.ToJsonString(), http.RequestAborted).ConfigureAwait(false);
        }
    }

    private static Task ErrorAsync(HttpContext http, int status, string message) =>
        WriteAsync(http, status, new JsonObject { ["message"] = message });

    private static async Task<JsonObject?> ReadAsync(HttpContext http)
    {
        try
        {
            return await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted).ConfigureAwait(false) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task AddFaultAsync(HttpContext http)
    {
        try
        {
            var fault = await JsonSerializer.DeserializeAsync(http.Request.Body, ControlJson.Default.SimFault, http.RequestAborted).ConfigureAwait(false)
                ?? throw new FormatException("a fault is an object with a kind");
            await WriteAsync(http, 201, new JsonObject { ["id"] = faults.Add(fault) }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException)
        {
            await ErrorAsync(http, 400, e.Message).ConfigureAwait(false);
        }
    }

    private async Task SetAsync(HttpContext http)
    {
        var mode = (await ReadAsync(http).ConfigureAwait(false))?["mode"]?.ToString();
        if (mode is not ("strict" or "faithful"))
        {
            await ErrorAsync(http, 400, "mode is strict or faithful").ConfigureAwait(false);
            return;
        }

        cell.Change((state, _) => state with { Mode = mode == "faithful" ? SwitchMode.Faithful : SwitchMode.Strict });
        await WriteAsync(http, 204, body: null).ConfigureAwait(false);
    }

    private async Task AdvanceAsync(HttpContext http)
    {
        if (time is not VirtualClock clock)
        {
            await ErrorAsync(http, 409, "the clock is the real one; start with --clock virtual").ConfigureAwait(false);
            return;
        }

        var given = (await ReadAsync(http).ConfigureAwait(false))?["advance_ms"];
        if (given is not JsonValue value || !value.TryGetValue<long>(out var milliseconds) || milliseconds is < 0 or > AdvanceMsMax)
        {
            await ErrorAsync(http, 400, $"advance_ms is a number from 0 to {AdvanceMsMax}").ConfigureAwait(false);
            return;
        }

        clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        await WriteAsync(http, 200, ClockView()).ConfigureAwait(false);
    }

    private JsonObject ClockView() => new() { ["now"] = time.GetUtcNow().ToString("O") };

    private async Task DoAsync(HttpContext http)
    {
        var body = await ReadAsync(http).ConfigureAwait(false);
        var parts = body?["object"]?.ToString().Split('/');
        if (body?["event"]?.ToString() is not ("link_down" or "link_up") and var unknown)
        {
            await ErrorAsync(http, 400, $"\"{unknown}\" cannot happen here: link_down, link_up").ConfigureAwait(false);
            return;
        }

        if (parts is not [var portText, var laneText] || !PortName.TryParse(portText, out var port) || !int.TryParse(laneText, out var number)
            || !cell.State.Links.ContainsKey(new Lane(port, number)))
        {
            await ErrorAsync(http, 404, "object is a configured link such as rear7/0").ConfigureAwait(false);
            return;
        }

        var isDark = body["event"]!.ToString() == "link_down";
        cell.Change((state, _) => state.Links.TryGetValue(new Lane(port, number), out var link)
            ? state with { Links = state.Links.SetItem(new Lane(port, number), link with { IsDark = isDark }) }
            : state);
        await WriteAsync(http, 204, body: null).ConfigureAwait(false);
    }

    private JsonArray ActiveFaults() => new([.. faults.Active.Select(f => new JsonObject
    {
        ["id"] = f.Id,
        ["left"] = f.Left,
        ["fault"] = JsonSerializer.SerializeToNode(f.Fault, ControlJson.Default.SimFault),
    })]);
}
