using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Chaos;

/// <summary>
/// The program on a data folder that is no good: full, read-only, somebody else's, damaged. It says which file and what to do, in one
/// line and without a stack, ends with 1, and never begins an empty store in silence.
/// </summary>
[Trait("spec", "engine/3.2")]
public sealed class BadFolderTests
{
    private const string Token = "gnt_chaos001_0123456789abcdef0123456789abcdef";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly int _port = Ports.Block(3);

    [DiskFact]
    public async Task A_disk_without_room_and_one_that_is_read_only_are_named_at_the_start()
    {
        await using var disk = await SmallDisk.MountAsync("1m");
        await disk.FillAsync();

        var full = await disk.RunNodeAsync(Run(disk.Path));
        Refuses(full, $"{disk.Path}/gantry.db", "The disk is full: make room on it");
        (await disk.RunAsync($"test -e {disk.Path}/gantry.db")).Exit.ShouldBe(1, "half a store would pass for a whole one");

        await disk.MustAsync($"mount -o remount,ro {disk.Path}");
        Refuses(await disk.RunNodeAsync(Run(disk.Path)), disk.Path, "It is read-only: mount it so that it can be written");
    }

    [DiskFact]
    [Trait("spec", "engine/3.3")]
    [Trait("spec", "engine/10.3")]
    public async Task A_disk_that_fills_up_under_a_node_costs_nothing_but_time()
    {
        await using var disk = await SmallDisk.MountAsync("8m");
        using var api = new ApiUnderTest(_port, Token);
        await disk.StartNodeAsync(Run(disk.Path));
        await Eventually.HoldsAsync(async () => await api.TryAsync(HttpMethod.Get, "/health/ready") is { Status: HttpStatusCode.OK }, Soon, () => disk.NodeOutput);
        await api.DoAsync(HttpMethod.Post, "/v1/projects", Project("before"));

        await disk.FillAsync();
        var pending = api.TryAsync(HttpMethod.Post, "/v1/projects", Project("during"), key: "during");
        JsonNode? ready = null;
        await Eventually.HoldsAsync(
            async () => await api.TryAsync(HttpMethod.Get, "/health/ready") is { Status: HttpStatusCode.ServiceUnavailable } answer
                && (ready = answer.Body) is not null,
            Soon, () => disk.NodeOutput);

        ready!.ToJsonString().ShouldContain($"{disk.Path}/gantry.db");
        ready.ToJsonString().ShouldContain("make room on it");
        await Eventually.HoldsAsync(
            async () => await api.TryAsync(HttpMethod.Post, "/v1/projects", Project("new")) is { Status: HttpStatusCode.ServiceUnavailable },
            Soon, () => disk.NodeOutput);
        (await api.ListAsync("/v1/projects")).Select(p => (string?)p["name"]).ShouldContain("before");

        await disk.MakeRoomAsync();
        await pending;
        await Eventually.HoldsAsync(
            async () => await api.TryAsync(HttpMethod.Post, "/v1/projects", Project("during"), key: "during") is { Status: HttpStatusCode.Created },
            Soon, () => disk.NodeOutput);
        await disk.FillAsync();
        await disk.KillNodeAsync();

        Refuses(await disk.RunNodeAsync(Run(disk.Path)), $"{disk.Path}/gantry.db", "The disk is full: make room on it");
    }

    [Fact]
    public async Task A_second_process_is_told_who_has_the_folder_and_a_damaged_file_what_to_do()
    {
        var folder = Directory.CreateTempSubdirectory("gantry-folder-").FullName;
        var file = Path.Combine(folder, "gantry.db");
        try
        {
            using var api = new ApiUnderTest(_port, Token);
            await using (var first = NodeProcess.Start(Run(folder).Split(' ')))
            {
                await api.ReadyAsync(first);
                Refuses(await EndAsync(Run(folder)), folder, $"process {first.Id.ToString(CultureInfo.InvariantCulture)}", "Stop that process");
                await first.KillAsync();
            }

            await using (var flipped = File.OpenWrite(file))
            {
                await flipped.WriteAsync(Enumerable.Repeat((byte)0xA5, 512).ToArray());
            }

            Refuses(await EndAsync(Run(folder)), $"{file} is damaged", "restore a backup");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static JsonObject Project(string name) => new() { ["name"] = name, ["description"] = "disk" };

    private static void Refuses((int Exit, string Output) end, params string[] says)
    {
        end.Exit.ShouldBe(1, end.Output);
        var error = end.Output.Split('\n').Where(l => l.StartsWith("error: ", StringComparison.Ordinal)).ShouldHaveSingleItem(end.Output);
        foreach (var part in says)
        {
            error.ShouldContain(part);
        }

        end.Output.ShouldNotContain("   at Gantry", customMessage: "a stack says nothing to an operator");
        end.Output.ShouldNotContain("Unhandled exception");
    }

    private static async Task<(int Exit, string Output)> EndAsync(string arguments)
    {
        await using var process = NodeProcess.Start(arguments.Split(' '));
        var exit = await process.ExitAsync(Soon);
        return (exit, process.Output);
    }

    private string Run(string folder) => string.Create(
        CultureInfo.InvariantCulture,
        $"run --config hocon/single.conf --set gantry.storage.path={folder} --set gantry.bootstrap.token={Token} --set gantry.api.external.port={_port} --set gantry.api.internal.port={_port + 1} --set gantry.api.admin.port={_port + 2}");
}
