using System.Net.Sockets;
using Gantry.Client;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>A node that dies at the very moment a connection to it is made: nothing was sent, and the caller is told so.</summary>
public sealed class ResetConnectionTests
{
    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("DELETE")]
    public async Task A_connection_reset_as_it_is_made_is_an_unreachable_node(string method)
    {
        using var handler = new ResetHandler();
        using var client = new GantryClient(
            new GantryClientOptions { Address = new Uri("http://127.0.0.1:1") }, new SystemRandomSource(), handler);

        await Should.ThrowAsync<GantryUnreachableException>(() => method switch
        {
            "GET" => client.GetAsync("/v1/me", CancellationToken.None),
            "POST" => client.PostAsync("/v1/me", body: null, CancellationToken.None),
            _ => client.DeleteAsync("/v1/me", CancellationToken.None),
        });
    }

    private sealed class ResetHandler : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new SocketException((int)SocketError.NotConnected);
    }
}
