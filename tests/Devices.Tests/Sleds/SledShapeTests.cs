using System.Net;
using System.Text;
using Gantry.Primitives;
using Gantry.Sled;
using Gantry.Sled.Simulator;
using Gantry.Tests;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace Gantry.Devices.Tests.Sleds;

/// <summary>Requests of our adapter and answers of our simulator against the published sled-agent document.</summary>
public sealed class SledShapeTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    [SharedFolderFact]
    public async Task Requests_of_the_adapter_have_the_published_shape()
    {
        var shapes = OpenApiShapes.Load("sled-agent.json");
        List<(string Method, string Path, string Body, string Version)> sent = [];
        await using var recorder = new Listener(
            async http =>
            {
                using var reader = new StreamReader(http.Request.Body);
                sent.Add((http.Request.Method, http.Request.Path.Value!, await reader.ReadToEndAsync(), http.Request.Headers["api-version"].ToString()));
                await http.Response.WriteAsync("{}");
            },
            IPAddress.Loopback,
            0,
            NullLoggerFactory.Instance);
        await recorder.StartAsync(Ct);
        using var metrics = new AdapterMetrics();
        await using var ports = new SledPorts(new SledAdapterHooks(), metrics, TimeProvider.System, NullLoggerFactory.Instance);
        var port = ports.For("sled", recorder.Address);
        var vmm = SystemRandomSource.Instance.NewGuid();

        await port.RegisterAsync(vmm, SledLab.Registration(), Ct);
        await port.RegisterAsync(vmm, SledLab.Registration("migrating", SystemRandomSource.Instance.NewGuid()), Ct);
        await port.PutStateAsync(vmm, VmmStateRequest.Running, Ct);
        await port.PutStateAsync(vmm, VmmStateRequest.Stopped, Ct);
        await port.PutStateAsync(vmm, VmmStateRequest.Reboot, Ct);
        await port.PutStateAsync(vmm, new VmmStateRequest("migration_target", "[fd00::1]:12400"), Ct);
        await port.GetStateAsync(vmm, Ct);
        await port.UnregisterAsync(vmm, Ct);
        await port.InventoryAsync(Ct);

        sent.Count.ShouldBe(9);
        sent.ShouldAllBe(s => s.Version == "48.0.0");
        sent.SelectMany(s => shapes.Request(s.Method, s.Path, s.Body)).ShouldBeEmpty();
    }

    [SharedFolderFact]
    public async Task Answers_of_the_simulator_have_the_published_shape()
    {
        var shapes = OpenApiShapes.Load("sled-agent.json");
        await using var lab = await SledLab.StartAsync();
        var running = await lab.RunningVmmAsync();
        var (target, migration) = (SystemRandomSource.Instance.NewGuid(), SystemRandomSource.Instance.NewGuid());
        await lab.Port.RegisterAsync(target, SledLab.Registration("migrating", migration), Ct);
        var membership = """{"group_ip":"224.9.9.9","sources":["10.1.1.1"]}""";
        List<string> problems = [];

        async Task CheckAsync(string method, string path, string? body, int status)
        {
            using var answer = await lab.Raw.SendAsync(new HttpRequestMessage(new HttpMethod(method), new Uri(lab.Sled.Address, path))
            {
                Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
            });
            var text = await answer.Content.ReadAsStringAsync();
            ((int)answer.StatusCode).ShouldBe(status, $"{method} {path}: {text}");
            answer.Headers.Contains("x-request-id").ShouldBeTrue();
            problems.AddRange(shapes.Answer(method, $"/{path}", status, text).Select(p => $"{method} {path} {status}: {p} in {text}"));
        }

        await CheckAsync("GET", "inventory", null, 200);
        await CheckAsync("GET", "sled-identifiers", null, 200);
        await CheckAsync("GET", $"vmms/{target}/state", null, 200);
        await CheckAsync("PUT", $"vmms/{running}/state", """{"state":{"type":"reboot"}}""", 200);
        await CheckAsync("PUT", $"vmms/{running}/multicast-group", $$"""{"join":{{membership}}}""", 204);
        await CheckAsync("DELETE", $"vmms/{running}/multicast-group", $$"""{"leave":{{membership}}}""", 204);
        await CheckAsync("PUT", $"vmms/{running}/multicast-group", $$"""{"leave":{{membership}}}""", 400);
        await CheckAsync("PUT", $"vmms/{running}/state", """{"state":{"type":"asleep"}}""", 400);
        await CheckAsync("DELETE", $"vmms/{running}", null, 200);
        await CheckAsync("DELETE", $"vmms/{running}", null, 200);
        await CheckAsync("GET", $"vmms/{running}/state", null, 404);

        problems.ShouldBeEmpty();
    }
}
