using System.Text.Json;

namespace Gantry.Switch.Simulator;

/// <summary>One run of a handler: the request, its path parameters and the state, which the handler replaces as it goes.</summary>
internal sealed class SimCall(SwitchState state, SimRequest request, SimVersion version, string[] parameters)
{
    private const int BodyBytesMax = 10_240;
    private const int PageDefault = 100;
    private const int PageMax = 10_000;

    public SwitchState State { get; set; } = state;

    public SimRequest Request { get; } = request;

    public SimVersion Version { get; } = version;

    public string Parameter(int index) => parameters[index];

    public Ip Address(int index) => Ip.TryParse(parameters[index], out var ip)
        ? ip
        : throw DaemonException.Invalid($"bad parameter in URL path: invalid IP address syntax: {parameters[index]}");

    public Ip Address(int index, bool isV6) => Address(index) is var ip && ip.IsV6 == isV6
        ? ip
        : throw DaemonException.Invalid($"bad parameter in URL path: {ip} is not {(isV6 ? "IPv6" : "IPv4")}");

    /// <summary>A subnet in a path: its slash is escaped there.</summary>
    public Prefix Prefix(int index) => Simulator.Prefix.TryParse(Uri.UnescapeDataString(parameters[index]), out var prefix)
        ? prefix
        : throw DaemonException.Invalid($"bad parameter in URL path: invalid subnet: {parameters[index]}");

    public Prefix Prefix(int index, bool isV6) => Prefix(index) is var prefix && prefix.Address.IsV6 == isV6
        ? prefix
        : throw DaemonException.Invalid($"bad parameter in URL path: {prefix} is not {(isV6 ? "IPv6" : "IPv4")}");

    public int Number(int index, int max) => int.TryParse(parameters[index], out var number) && number >= 0 && number <= max
        ? number
        : throw DaemonException.Invalid($"bad parameter in URL path: {parameters[index]} is not 0 to {max}");

    public PortName Port(int index) => PortName.TryParse(parameters[index], out var port)
        ? port
        : throw DaemonException.Invalid($"bad parameter in URL path: invalid port id {parameters[index]}");

    public string Query(string name) => Request.Query.TryGetValue(name, out var value)
        ? value
        : throw DaemonException.Invalid($"unable to parse query string: missing field `{name}`");

    public string? OptionalQuery(string name) => Request.Query.GetValueOrDefault(name);

    public bool BoolQuery(string name) => bool.TryParse(Query(name), out var value)
        ? value
        : throw DaemonException.Invalid($"unable to parse query string: {name} is not true or false");

    public int Limit()
    {
        if (OptionalQuery("limit") is not { } text)
        {
            return PageDefault;
        }

        return uint.TryParse(text, out var limit) && limit > 0
            ? (int)Math.Min(limit, PageMax)
            : throw DaemonException.Invalid("unable to parse query string: limit must be a number above 0");
    }

    public JsonElement Body()
    {
        if (Request.Body.Length > BodyBytesMax)
        {
            throw DaemonException.Invalid($"request body exceeded maximum size of {BodyBytesMax} bytes");
        }

        if (Request.ContentType is not (null or "application/json"))
        {
            throw DaemonException.Invalid($"expected content type \"application/json\", got \"{Request.ContentType}\"");
        }

        try
        {
            var reader = new Utf8JsonReader(Request.Body.Span);
            var body = JsonElement.ParseValue(ref reader);
            return !reader.Read() ? body : throw DaemonException.Invalid("unable to parse JSON body: trailing characters");
        }
        catch (JsonException e)
        {
            throw DaemonException.Invalid($"unable to parse JSON body: {e.Message}");
        }
    }

    /// <summary>T9: after parsing, before anything else.</summary>
    public void RequireMulticast()
    {
        if (Request.Faults.IsMulticastAbsent)
        {
            throw new DaemonException(501, code: null, "multicast feature disabled");
        }
    }
}
