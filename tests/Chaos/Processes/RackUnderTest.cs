using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Gantry.Primitives;
using Gantry.Sled.Simulator;
using Gantry.Switch.Simulator;
using Gantry.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gantry.Chaos;

/// <summary>Two switches and some sleds that outlive the node, the node as a process on a data folder, and a client.</summary>
internal sealed class RackUnderTest : IAsyncDisposable
{
    private const string Token = "gnt_chaos001_0123456789abcdef0123456789abcdef";

    private readonly string _folder = Directory.CreateTempSubdirectory("gantry-chaos-").FullName;
    private readonly int _port = Ports.Block(3); // the API's, the internal one, the admin one
    private readonly List<SwitchSimulator> _switches = [];
    private SledSimulator _sleds = null!; // set by StartAsync before anybody sees the rack

    private readonly bool _isMortal;
    private string _lastUnsettled = "";

    private RackUnderTest(bool isMortal)
    {
        _isMortal = isMortal;
        Api = new ApiUnderTest(_port, Token);
        Lockstep = new ApiUnderTest(_port + 2, Token);
    }

    public ApiUnderTest Api { get; }

    /// <summary>The admin listener.</summary>
    public ApiUnderTest Lockstep { get; }

    private string KillFile => Path.Combine(_folder, "kill-after");

    public IReadOnlyList<SwitchSimulator> Switches => _switches;

    public NodeProcess Node { get; private set; } = null!; // set by StartAsync before anybody sees the rack

    public string VerifyOutput { get; private set; } = "";

    public RackId Id { get; private set; }

    public SledSimulator Sleds => _sleds;

    /// <summary>Where sleds announce themselves.</summary>
    public Uri ControlPlane => new($"http://127.0.0.1:{_port + 1}");

    /// <summary>Where lockstep operations are.</summary>
    public int AdminPort => _port + 2;

    public static string AdminToken => Token;

    /// <summary>Starts switches, sleds and the node, and waits until the sleds are placed.</summary>
    /// <param name="sleds">Sleds in this process.</param>
    /// <param name="quorumPeers">Null for sleds without quorum nodes; else nodes of other processes.</param>
    /// <param name="isMortal">The node is one that kills itself right after a given commit, counted from <see cref="KillAfter"/>.</param>
    public static async Task<RackUnderTest> StartAsync(int sleds, ImmutableArray<IPEndPoint>? quorumPeers = null, bool isMortal = false)
    {
        var rackId = Guid.NewGuid();
        var rack = new RackUnderTest(isMortal);
        rack.Id = RackId.From(rackId);
        foreach (var slot in new[] { 0, 1 })
        {
            rack._switches.Add(await SwitchSimulator.StartAsync(
                new SwitchSimulatorOptions { Port = 0, Slot = slot, ControlPort = 0 }, CancellationToken.None));
        }

        rack._sleds = await SledSimulator.StartAsync(
            new SledSimulatorOptions
            {
                Sleds = [.. Enumerable.Range(0, sleds).Select(n => new SimulatedSledOptions
                {
                    Id = GuidForm.FromText($"{rackId} {n}"), Slot = n, Serial = $"SLED{n}", RackId = rackId, QuorumPort = quorumPeers is null ? null : 0,
                })],
                QuorumPeers = quorumPeers ?? [],
                QuorumFolder = quorumPeers is null ? null : Path.Combine(rack._folder, "sleds"),
                Switches = [new SimulatedSwitchOptions(0, "SW0"), new SimulatedSwitchOptions(1, "SW1")],
                ControlPlane = new Uri($"http://127.0.0.1:{rack._port + 1}"),
                AutoDelay = TimeSpan.FromMilliseconds(100),
            },
            TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        rack.WriteConfiguration(rackId);
        await rack.RestartNodeAsync();
        await Eventually.HoldsAsync(
            async () => (await rack.Api.ListAsync("/v1/system/hardware/sleds")).Count(s => s["slot"] is not null) == sleds,
            TimeSpan.FromSeconds(60), () => rack.Node.Output);
        return rack;
    }

    /// <summary>Starts the node on its data folder and waits until it is ready.</summary>
    public async Task RestartNodeAsync()
    {
        var config = Path.Combine(_folder, "node.conf");
        Node = _isMortal
            ? NodeProcess.StartProgram("Gantry.Chaos.dll", config, KillFile)
            : NodeProcess.Start("run", "--config", config);
        await Api.ReadyAsync(Node);
    }

    /// <summary>The node dies right after the commit of this number, before anybody hears of it.</summary>
    /// <param name="commits">The number, from 1.</param>
    /// <param name="kinds">Beginnings of the kinds whose commits count, with commas.</param>
    /// <param name="name">Makes two orders different.</param>
    public void KillAfter(int commits, string kinds, string name)
    {
        // Never half an order: the node may look at any moment.
        File.WriteAllText(KillFile + ".new", string.Create(CultureInfo.InvariantCulture, $"{commits} {kinds} {name}"));
        File.Move(KillFile + ".new", KillFile, overwrite: true);
    }

    /// <summary>Takes it back; false when the node has died of it, or is just about to.</summary>
    public async Task<bool> TakeKillBackAsync()
    {
        if (KillOrder.TryTake(KillFile))
        {
            return true;
        }

        await Node.ExitAsync(TimeSpan.FromSeconds(60));
        return false;
    }

    public async Task CreatePoolAsync(string name, string first, string last)
    {
        await Api.DoAsync(HttpMethod.Post, "/v1/system/ip-pools", new JsonObject
        {
            ["name"] = name, ["description"] = "chaos", ["ip_version"] = "v4", ["pool_type"] = "multicast",
        });
        await Api.DoAsync(HttpMethod.Post, $"/v1/system/ip-pools/{name}/ranges/add", new JsonObject { ["first"] = first, ["last"] = last });
        await Api.DoAsync(HttpMethod.Post, $"/v1/system/ip-pools/{name}/silos", new JsonObject { ["silo"] = "default", ["is_default"] = true });
    }

    public async Task CreateRunningInstancesAsync(int count)
    {
        await Task.WhenAll(Enumerable.Range(0, count).Select(n => Api.DoAsync(
            HttpMethod.Post, "/v1/instances?project=default", new JsonObject
            {
                ["name"] = $"vm-{n}", ["description"] = "chaos", ["hostname"] = $"vm-{n}", ["ncpus"] = 1, ["memory"] = 1L << 30,
            })));
        await Eventually.HoldsAsync(
            async () => (await Api.ListAsync("/v1/instances?project=default")).Count(i => (string?)i["run_state"] == "running") == count,
            TimeSpan.FromSeconds(60), () => Node.Output);
    }

    /// <summary>Group addresses that an instance is a member of.</summary>
    public async Task<List<string>> MembershipsAsync(string instance) =>
        (await Api.ListAsync($"/v1/instances/{instance}/multicast-groups?project=default"))
            .Select(m => (string?)m["multicast_ip"] ?? "").ToList();

    /// <summary>Waits until every group is active and every member joined.</summary>
    public Task ConvergedAsync() =>
        Eventually.HoldsAsync(IsConvergedAsync, TimeSpan.FromSeconds(60), () => $"{_lastUnsettled}\n{Node.Output}");

    /// <summary>Whether every group is active and every member joined.</summary>
    public async Task<bool> IsConvergedAsync()
    {
        var groups = await Api.ListAsync("/v1/multicast-groups");
        foreach (var group in groups)
        {
            var members = await Api.ListAsync($"/v1/multicast-groups/{group["id"]}/members");
            if ((string?)group["state"] != "Active" || members.Any(m => (string?)m["state"] != "Joined"))
            {
                _lastUnsettled = $"{group}\n{string.Join('\n', members.Select(m => m.ToString()))}";
                return false;
            }
        }

        return groups.Count > 0;
    }

    /// <summary><c>gantry group verify --all</c> as an operator runs it; its exit code.</summary>
    public async Task<int> VerifyAllAsync()
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in new[] { Path.Combine(AppContext.BaseDirectory, "gantry.dll"), "group", "verify", "--all" })
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["GANTRY_HOST"] = $"http://127.0.0.1:{_port}";
        start.Environment["GANTRY_TOKEN"] = Token;
        using var process = Process.Start(start)!; // dotnet is running this very test
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        VerifyOutput = await output + await errors;
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        await _sleds.DisposeAsync();
        foreach (var one in _switches)
        {
            await one.DisposeAsync();
        }

        Api.Dispose();
        Lockstep.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void WriteConfiguration(Guid rackId) => File.WriteAllText(
        Path.Combine(_folder, "node.conf"),
        $$"""
        gantry {
          storage.path = "{{_folder}}/data"
          api.external.port = {{_port}}
          api.internal.port = {{_port + 1}}
          api.admin.port = {{_port + 2}}
          bootstrap.token = "{{Token}}"
          multicast.enabled = true
          racks = [{
            id = "{{rackId}}", subnet = "fd00:1122:3344:100::/56"
            switches = [
              { slot = 0, address = "{{_switches[0].Address}}" }
              { slot = 1, address = "{{_switches[1].Address}}" }
            ]
            management_gateways = ["{{_sleds.Gateway}}"]
          }]
        }
        """);
}
