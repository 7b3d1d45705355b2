using System.Buffers.Binary;
using System.Net;
using System.Text.Json;
using Gantry.Client;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

[Collection(ApiHostGroup.Name)]
[Trait("spec", "ops/5")]
public sealed class WatchTests(ApiHostFixture fixture)
{
    private ApiHost Host => fixture.Host;

    [Fact]
    public async Task A_watch_gives_a_snapshot_then_what_commits_and_goes_on_from_its_token()
    {
        var first = await SledRegistrationTests.RegisterAsync(Host, "BRM42220301");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var client = Client();
        await using var watch = client.WatchAsync("sled", null, patience.Token).GetAsyncEnumerator(patience.Token);

        var snapshot = await UntilAsync(watch, n => n.Type == "snapshot" && n.Id == first.ToString());
        var synced = await UntilAsync(watch, n => n.Type == "synced");
        var second = await SledRegistrationTests.RegisterAsync(Host, "BRM42220302");
        var added = await UntilAsync(watch, n => n.Id == second.ToString());

        snapshot.Object!.Value.GetProperty("baseboard").Text("serial").ShouldBe("BRM42220301");
        added.Type.ShouldBe("added");
        added.Generation.ShouldNotBeNull();
        await using var resumed = client.WatchAsync("sled", synced.Resume, patience.Token).GetAsyncEnumerator(patience.Token);
        (await UntilAsync(resumed, n => n.Type != "synced")).Id.ShouldBe(second.ToString());
    }

    [Fact]
    public async Task A_token_that_is_none_is_410_WatchExpired()
    {
        using var client = Host.As(Host.AdminToken);

        await client.GetAsync("/v1/watch?resume=abc").ExpectFailure(410, "Gone", "WatchExpired");
        await client.GetAsync($"/v1/watch?resume={TokenWithTextOfNegativeLength()}").ExpectFailure(410, "Gone", "WatchExpired");
    }

    [Fact]
    public async Task Kinds_that_do_not_exist_are_400_and_those_one_may_not_see_403()
    {
        using var admin = Host.Client(Host.AdminToken);
        using var nobody = Host.Client(await Host.UserAsync("watch-nobody"));

        (await admin.GetAsync("/v1/watch?kinds=sled,unicorn")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await nobody.GetAsync("/v1/watch?kinds=sled")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Server_sent_events_carry_the_type_and_one_line_of_data()
    {
        using var client = Host.Client(Host.AdminToken);
        using var answer = await client.GetAsync("/v1/watch?kinds=switch", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());

        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        (await reader.ReadLineAsync()).ShouldBe("event: synced");
        var data = await reader.ReadLineAsync();
        data.ShouldStartWith("data: ");
        JsonDocument.Parse(data![6..]).RootElement.Text("resume").ShouldNotBeNullOrEmpty();
        (await reader.ReadLineAsync()).ShouldBe($"id: {JsonDocument.Parse(data[6..]).RootElement.Text("resume")}");
        (await reader.ReadLineAsync()).ShouldBe("");
    }

    [Fact]
    public async Task A_stream_goes_on_after_the_Last_Event_ID_without_a_snapshot()
    {
        using var client = Host.Client(Host.AdminToken);
        await SledRegistrationTests.RegisterAsync(Host, "BRM42220311");
        var id = "";
        using (var first = await client.GetAsync("/v1/watch?kinds=sled", HttpCompletionOption.ResponseHeadersRead))
        {
            using var lines = new StreamReader(await first.Content.ReadAsStreamAsync());
            while (await lines.ReadLineAsync() is { } line && id.Length == 0)
            {
                id = line.StartsWith("id: ", StringComparison.Ordinal) ? line[4..] : "";
            }
        }

        var late = await SledRegistrationTests.RegisterAsync(Host, "BRM42220312");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/watch");
        request.Headers.Add("Last-Event-ID", id);
        using var second = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await second.Content.ReadAsStreamAsync());

        (await reader.ReadLineAsync()).ShouldBe("event: synced");
        string? next;
        do
        {
            next = await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }
        while (next is not null && !next.StartsWith("event: added", StringComparison.Ordinal));
        (await reader.ReadLineAsync() ?? "").ShouldContain(late.ToString());
    }

    // The check bytes are good, as anybody can make them; what follows is none of ours.
    private static string TokenWithTextOfNegativeLength()
    {
        byte[] content = [1, 0, 1, 0xff, 0xff, 0xff, 0xff, 0x0f];
        var all = new byte[8 + content.Length];
        content.CopyTo(all, 8);
        BinaryPrimitives.WriteUInt64LittleEndian(all, StableHash.Of(content));
        return OpaqueText.Write(all);
    }

    private GantryClient Client() =>
        new(new GantryClientOptions { Address = Host.External, Token = Host.AdminToken }, SystemRandomSource.Instance);

    private static async Task<WatchNote> UntilAsync(IAsyncEnumerator<WatchNote> watch, Func<WatchNote, bool> isIt)
    {
        while (await watch.MoveNextAsync())
        {
            if (isIt(watch.Current))
            {
                return watch.Current;
            }
        }

        throw new InvalidOperationException("the stream ended");
    }
}
