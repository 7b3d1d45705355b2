using System.Text;
using System.Text.Json.Nodes;
using Gantry.Switch.Simulator;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>
/// A simulated switch of its own for every test, spoken to by plain HTTP. At the end every exchange is held against the published API
/// document, where that is at hand.
/// </summary>
public abstract class SwitchTestBase : IAsyncLifetime
{
    private static readonly Lazy<OpenApiShapes> Shapes = new(() => OpenApiShapes.Load("dpd.json"));
    private readonly HttpClient _http = new();

    private protected SwitchSimulator Switch { get; private set; } = null!;

    /// <summary>How true to the real daemon the switch of this class is.</summary>
    private protected SwitchMode Mode => FaithfulAttribute.ModeOf(GetType());

    public async Task InitializeAsync() =>
        Switch = await SwitchSimulator.StartAsync(new SwitchSimulatorOptions { Port = 0, ControlPort = 0, Slot = 0, Seed = 7, Mode = Mode });

    public async Task DisposeAsync()
    {
        var seen = Switch.Requests;
        await Switch.DisposeAsync();
        _http.Dispose();
        if (SharedFolder.OpenApi is not null)
        {
            ShouldFit(seen);
        }
    }

    internal static void ShouldFit(IEnumerable<SeenRequest> exchanges)
    {
        foreach (var exchange in exchanges.Where(e => e.Status is not (0 or 405 or 418 or 501) && e.Path != "/no/such/path"))
        {
            if (exchange.Status < 300)
            {
                Shapes.Value.Request(exchange.Method, exchange.Path, exchange.Body)
                    .ShouldBeEmpty($"request {exchange.Method} {exchange.Path} {exchange.Body}");
            }

            Shapes.Value.Answer(exchange.Method, exchange.Path, exchange.Status, exchange.AnswerBody)
                .ShouldBeEmpty($"answer {exchange.Status} to {exchange.Method} {exchange.Path}: {exchange.AnswerBody}");
        }
    }

    private protected async Task<Reply> Send(string method, string path, string? body = null, string? version = "13.0.0")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Switch.Address, path));
        if (version is not null)
        {
            request.Headers.Add("api-version", version);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        response.Headers.Contains("x-request-id").ShouldBeTrue();
        return new Reply((int)response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text), response.Content.Headers.Allow);
    }

    private protected Task<Reply> Get(string path) => Send("GET", path);

    private protected Task<Reply> Delete(string address, string tag) => Send("DELETE", $"multicast/groups/{address}?tag={tag}");

    private protected Task<Reply> CreateUnderlay(string address, string? tag = "t_u", string members = "") =>
        Send("POST", "multicast/underlay-groups", $$"""{"group_ip":"{{address}}","tag":{{Json(tag)}},"members":[{{members}}]}""");

    private protected Task<Reply> SetMembers(string address, string tag, string members) =>
        Send("PUT", $"multicast/underlay-groups/{address}?tag={tag}", $$"""{"members":[{{members}}]}""");

    private protected Task<Reply> CreateExternal(string address, External? with = null)
    {
        var external = with ?? new External();
        return Send("POST", "multicast/external-groups", $$"""{"group_ip":"{{address}}","tag":{{Json(external.Tag)}},{{external.Body}}}""");
    }

    private protected Task<Reply> UpdateExternal(string address, External external) =>
        Send("PUT", $"multicast/external-groups/{address}?tag={external.Tag}", $$"""{{{external.Body}}}""");

    private protected static string Under(string port, int lane = 0) => $$"""{"port_id":"{{port}}","link_id":{{lane}},"direction":"Underlay"}""";

    private protected static string Out(string port, int lane = 0) => $$"""{"port_id":"{{port}}","link_id":{{lane}},"direction":"External"}""";

    private protected static string Exact(params string[] sources) =>
        $"[{string.Join(',', sources.Select(s => s == "Any" ? "\"Any\"" : $$"""{"Exact":"{{s}}"}"""))}]";

    private protected ChipEntry[] Table(string name) => [.. Switch.Model.Tables[name].Entries.Values];

    private protected Dictionary<string, int> Occupancy() =>
        Switch.Model.Tables.ToDictionary(t => t.Key, t => t.Value.Entries.Count, StringComparer.Ordinal);

    private protected async Task<string[]> Listed(string path = "multicast/groups") =>
        [.. (await Get(path)).Body!["items"]!.AsArray().Select(g => g!["group_ip"]!.GetValue<string>())];

    private static string Json(string? text) => text is null ? "null" : $"\"{text}\"";

    private protected sealed record Reply(int Status, JsonNode? Body, ICollection<string> Allow)
    {
        public string? ErrorCode => Body!["error_code"]?.GetValue<string>();

        public string Message => Body!["message"]!.GetValue<string>();

        public bool HasErrorCode => Body!.AsObject().ContainsKey("error_code");
    }

    private protected sealed record External
    {
        public string? Tag { get; init; } = "t_x";

        public string Target { get; init; } = "ff04::1";

        public string Mac { get; init; } = "51,51,0,0,0,1";

        public int Vni { get; init; } = 77;

        public int? Vlan { get; init; }

        public string Sources { get; init; } = "null";

        public bool HasNat { get; init; } = true;

        public string Body =>
            $$"""
            "internal_forwarding":{"nat_target":{{(HasNat ? $$"""{"internal_ip":"{{Target}}","inner_mac":{"a":[{{Mac}}]},"vni":{{Vni}}}""" : "null")}}},
            "external_forwarding":{"vlan_id":{{(Vlan is null ? "null" : $"{Vlan}")}}},"sources":{{Sources}}
            """;
    }
}
