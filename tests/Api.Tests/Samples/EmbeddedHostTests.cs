using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>The sample of operator-experience 4.4 as a user runs it: a process of its own.</summary>
[Trait("spec", "ops/4.4")]
public class EmbeddedHostTests
{
    private const string Token = "gnt_abcdefgh_0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task Embedded_host_serves_its_own_endpoint_and_the_gantry_api()
    {
        using var folder = new TestFolder();
        using var process = Process.Start(new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "Gantry.EmbeddedHost.dll"),
                "--urls=http://127.0.0.1:0",
                $"--gantry:storage:path={folder.Path}",
                $"--gantry:bootstrap:token={Token}",
                "--gantry:racks:0:id=c0ffee00-0000-4000-8000-000000000001",
                "--gantry:racks:0:subnet=fd00:1122:3344:100::/56",
            },
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        try
        {
            using var http = new HttpClient { BaseAddress = await ListeningAsync(process) };

            (await http.GetAsync("/health/ready")).StatusCode.ShouldBe(HttpStatusCode.OK);
            using var summary = JsonDocument.Parse(await http.GetStringAsync("/rack-summary"));
            summary.RootElement.GetProperty("racks")[0].GetString().ShouldBe("c0ffee00-0000-4000-8000-000000000001");
            (await http.GetAsync("/v1/system/hardware/racks")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
            http.DefaultRequestHeaders.Add("authorization", $"Bearer {Token}");
            (await http.GetAsync("/v1/system/hardware/racks")).StatusCode.ShouldBe(HttpStatusCode.OK);
            (await http.GetStringAsync("/metrics")).ShouldContain("reconciler_queue_depth");
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
    }

    [Fact]
    public void Embedded_host_is_under_forty_lines()
    {
        var source = Path.Combine(RepositoryFolder(), "tests", "Samples", "EmbeddedHost", "Program.cs");

        File.ReadAllLines(source).Length.ShouldBeLessThan(40);
    }

    private static async Task<Uri> ListeningAsync(Process process)
    {
        const string Mark = "Now listening on: ";
        var listening = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.IndexOf(Mark, StringComparison.Ordinal) is >= 0 and var at)
            {
                listening.TrySetResult(new Uri(line.Data[(at + Mark.Length)..].Trim()));
            }
        };
        process.BeginOutputReadLine();
        return await listening.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static string RepositoryFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Actors.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("no Actors.sln above the tests");
    }
}
