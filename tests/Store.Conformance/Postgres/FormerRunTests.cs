using System.Net;
using System.Net.Sockets;
using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Actors.Storage.Postgres;
using Shouldly;
using Xunit;

namespace Gantry.Store.Conformance;

/// <summary>A process that starts and finds its own name among the living.</summary>
[Trait("spec", "engine/5.2")]
public sealed class FormerRunTests
{
    [PostgresFact]
    public async Task A_former_run_is_ended_unless_its_link_is_still_listened_to()
    {
        await using var harness = new PostgresHarness();
        await using var store = harness.Make();
        await store.OpenAsync(new StoreOptions(TestLane.ShardCount, []), default);
        var members = harness.Of(store);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var former = new Incarnation(Guid.NewGuid());
        var link = $"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        await members.JoinAsync(former, new MemberProfile { NodeId = "a", Link = link, Weight = 1, Zone = "z" }, 1, default);
        var options = new PostgresStoreOptions { ConnectionString = harness.Database };

        (await FormerRun.EndAsync(options, "b", default)).ShouldBeFalse("nobody lives under that name");
        (await FormerRun.EndAsync(options, "a", default)).ShouldBeFalse("whoever listens may be alive");
        listener.Stop();
        (await FormerRun.EndAsync(options, "a", default)).ShouldBeTrue();
        members.Beat(former, [], TimeSpan.FromSeconds(30)).ShouldBeFalse("it was declared dead");

        members.EndBeats(former);
    }

    [PostgresFact]
    public async Task A_former_run_behind_a_proxy_is_ended_when_the_proxy_hangs_up()
    {
        await using var harness = new PostgresHarness();
        await using var store = harness.Make();
        await store.OpenAsync(new StoreOptions(TestLane.ShardCount, []), default);
        var members = harness.Of(store);
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        var former = new Incarnation(Guid.NewGuid());
        var link = $"https://127.0.0.1:{((IPEndPoint)proxy.LocalEndpoint).Port}";
        await members.JoinAsync(former, new MemberProfile { NodeId = "a", Link = link, Weight = 1, Zone = "z" }, 1, default);

        var ending = FormerRun.EndAsync(new PostgresStoreOptions { ConnectionString = harness.Database }, "a", default);
        using (var caller = await proxy.AcceptSocketAsync())
        {
            caller.Close(0); // as one does that found nobody to pass the call on to
        }

        (await ending).ShouldBeTrue();
        members.EndBeats(former);
    }

    [PostgresFact]
    public async Task A_server_that_is_not_there_is_left_to_the_start_itself() => (await FormerRun.EndAsync(
        new PostgresStoreOptions { ConnectionString = "Host=127.0.0.1;Port=1;Username=nobody" }, "a", default)).ShouldBeFalse();
}
