using System.Net;
using System.Net.Sockets;
using System.Text;
using Gantry.Cli;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>Whatever is typed, and whoever answers, the end is an error in four parts and never a stack trace.</summary>
[Trait("spec", "ops/2")]
public sealed class CliBadInputTests
{
    [Fact]
    public async Task An_instance_that_is_made_and_finds_no_room_is_not_waited_for_but_told_why()
    {
        await using var host = await ApiHost.StartAsync(ApiHost.OneRack());

        var run = await CliRun.OfAsync(host, "instance create cli-no-room --wait");

        run.ExitCode.ShouldBe(ExitCodes.Refused, run.Error);
        run.Error.ShouldContain("is made, and could not be started");
        run.Error.ShouldContain("NoSledFits");
    }

    [Theory]
    [InlineData("instance list --limit abc", "--limit")]
    [InlineData("instance list --limit 99999999999", "--limit")]
    [InlineData("instance list --limit 0", "--limit")]
    [InlineData("instance list --timeout -5s", "-5s")]
    [InlineData("instance list --timeout 5x", "5x")]
    [InlineData("instance list --timeout 1.5.5s", "1.5.5s")]
    [InlineData("instance start web-1 --wait=99999999999h", "99999999999h")]
    [InlineData("instance create web-1 --wait=soon", "soon")]
    [InlineData("instance create web-1 --cpus two", "--cpus")]
    public async Task A_value_that_is_none_is_told_before_anybody_is_called(string commandLine, string named)
    {
        var run = await CliRun.OfAsync(null, commandLine);

        run.ExitCode.ShouldBe(ExitCodes.Usage, run.Error);
        run.Error.ShouldStartWith("error: ");
        run.Error.ShouldContain(named);
    }

    [Fact]
    public async Task Gantry_alone_wants_a_noun_and_names_those_that_help_names()
    {
        var run = await CliRun.OfAsync(null, "");

        run.ExitCode.ShouldBe(ExitCodes.Usage);
        run.Error.ShouldContain("needs a noun");
        run.Error.ShouldContain("reconciler");
        run.Error.ShouldNotContain("complete-names");
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\n\r\n<html>hello</html>\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    public async Task Somebody_else_at_the_address_is_told_as_that(string answer)
    {
        using var stranger = new Stranger(answer);

        var run = await CliRun.OfAsync(null, "sled list", stranger.ContextFile);

        run.ExitCode.ShouldBe(ExitCodes.Unexpected, run.Error);
        run.Error.ShouldStartWith("error: ");
        run.Error.ShouldContain("not the Gantry API", customMessage: run.Error);
    }

    [Fact]
    public async Task A_connection_that_breaks_after_a_change_was_sent_is_not_told_as_nothing_done()
    {
        using var stranger = new Stranger("");

        var run = await CliRun.OfAsync(null, "instance create web-1", stranger.ContextFile);

        run.ExitCode.ShouldBe(ExitCodes.Unexpected, run.Error);
        run.Error.ShouldContain("may have been done");
        run.Error.ShouldNotContain("nothing was done");
        stranger.Keys.Count.ShouldBe(2); // sent once more with its key, which makes it safe
        stranger.Keys.Distinct().ShouldHaveSingleItem();
    }

    /// <summary>Takes requests, answers each with the same bytes and closes.</summary>
    private sealed class Stranger : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _serving;

        public Stranger(string answer)
        {
            _listener.Start();
            _serving = ServeAsync(answer);
            File.WriteAllText(ContextFile, $"current = \"odd\"\n[contexts.odd]\naddress = \"http://{_listener.LocalEndpoint}\"\n");
        }

        public string ContextFile { get; } = Path.Combine(Path.GetTempPath(), $"gantry-{Guid.NewGuid():N}.toml");

        public List<string> Keys { get; } = [];

        public void Dispose()
        {
            _listener.Stop();
            _serving.Wait(TimeSpan.FromSeconds(5));
            File.Delete(ContextFile);
        }

        private async Task ServeAsync(string answer)
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    var stream = client.GetStream();
                    var buffer = new byte[16 * 1024];
                    var text = Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer));
                    Keys.AddRange(text.Split("\r\n").Where(l => l.StartsWith("Idempotency-Key", StringComparison.Ordinal)));
                    await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Stopped.
            }
        }
    }
}
