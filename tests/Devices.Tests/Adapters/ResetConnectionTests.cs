using System.Net.Sockets;
using Gantry.Devices;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>A device that dies at the very moment a connection to it is made: nothing was sent, so nothing can have been done.</summary>
public sealed class ResetConnectionTests
{
    [Fact]
    [Trait("spec", "engine/7.1")]
    public async Task A_connection_reset_as_it_is_made_is_an_unreachable_device()
    {
        using var handler = new ResetHandler();
        using var client = new HttpClient(handler) { BaseAddress = new Uri("http://127.0.0.1:1") };
        var http = new DeviceHttp(client, () => DateTimeOffset.UnixEpoch);

        var outcome = await http.SendAsync(new DeviceRequest(HttpMethod.Put, "x", ApiVersion: null), CancellationToken.None);

        outcome.ShouldBeOfType<DeviceOutcome<NoContent>.Unreachable>().Since.ShouldBe(DateTimeOffset.UnixEpoch);
    }

    private sealed class ResetHandler : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new SocketException((int)SocketError.NotConnected);
    }
}
