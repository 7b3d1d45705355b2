using System.Diagnostics;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Supervising;

/// <summary>
/// Code that ends the process (engine 4.4, 4.6): after a bounded number of starts its entity is isolated and the node stays up.
/// </summary>
public sealed class PoisonProcessTests
{
    private const int StartsMax = 10;

    [Fact]
    [Trait("spec", "engine/4.6")]
    public async Task Message_that_kills_the_process_is_isolated_after_a_bounded_number_of_starts()
    {
        var (said, starts) = await UntilItSurvivesAsync("mail");

        said.ShouldBe($"{PoisonHost.Survived} trouble/victim parked=2", $"after {starts} starts");
        starts.ShouldBeInRange(7, 9);
    }

    [Theory]
    [InlineData("decide")]
    [InlineData("apply")]
    [InlineData("view")]
    [Trait("spec", "engine/4.4")]
    public async Task Command_that_kills_the_process_every_time_it_is_sent_is_isolated_after_three_deaths(string where)
    {
        var (said, starts) = await UntilItSurvivesAsync(where);

        said.ShouldBe($"{PoisonHost.Survived} trouble/victim parked=0", $"after {starts} starts");
        starts.ShouldBe(4);
    }

    [Fact]
    [Trait("spec", "engine/4.4")]
    public async Task Event_that_kills_the_process_when_it_is_read_is_isolated_after_three_deaths()
    {
        var (said, starts) = await UntilItSurvivesAsync("load");

        said.ShouldBe($"{PoisonHost.Survived} trouble/victim parked=0", $"after {starts} starts");
        starts.ShouldBe(5, "one that wrote it, three that died of it, one that knows");
    }

    private static async Task<(string Said, int Starts)> UntilItSurvivesAsync(string how)
    {
        var folder = Path.Combine(Path.GetTempPath(), $"gantry-poison-{Guid.NewGuid():N}");
        try
        {
            var said = "";
            var starts = 0;
            while (!said.StartsWith(PoisonHost.Survived, StringComparison.Ordinal) && starts < StartsMax)
            {
                starts++;
                said = await RunAsync(how, folder);
            }

            (await RunAsync(how, folder)).ShouldStartWith(PoisonHost.Survived);
            return (said.Trim(), starts);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> RunAsync(string how, string folder)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { "exec", typeof(PoisonHost).Assembly.Location, "poison-host", how, folder },
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!; // not null: nothing is run by the shell
        var said = process.StandardOutput.ReadToEndAsync();
        var complaints = process.StandardError.ReadToEndAsync();
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30), TimeProvider.System);
        try
        {
            await process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException e)
        {
            process.Kill();
            throw new TimeoutException($"the poisoned process neither died nor survived: {await complaints}", e);
        }

        return await said;
    }
}
