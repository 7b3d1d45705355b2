using Gantry.Devices;
using Gantry.Switch;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Gantry.Tests;

/// <summary>A device may answer anything: it is told as unreadable, and never taken for a bug of the adapter, which would hold it down.</summary>
public sealed class UnreadableAnswerTests : IAsyncLifetime
{
    private const string GoodGroup = """{"kind":"underlay","group_ip":"ff04::1","tag":"t","external_group_id":1,"members":[]}""";
    private readonly ServiceProvider _services = new ServiceCollection().AddLogging().AddSwitchAdapters().BuildServiceProvider();
    private WebApplication _device = null!;
    private Func<HttpRequest, (int Status, string Body)> _answer = _ => (200, "1");

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _device = builder.Build();
        _device.Run(context =>
        {
            var (status, body) = _answer(context.Request);
            context.Response.StatusCode = status;
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(body);
        });
        await _device.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _services.DisposeAsync();
        await _device.DisposeAsync();
    }

    [Theory]
    [InlineData("""{"items":null}""")]
    [InlineData("""{"items":[null]}""")]
    [InlineData("""{"items":[{"group_ip":null,"tag":"t","external_group_id":1}]}""")]
    [InlineData("""{"items":[{"group_ip":"ff04::1","tag":"t","external_group_id":1,"members":[null]}]}""")]
    [InlineData("""{"items":[{"group_ip":"232.1.1.1","tag":"t","external_group_id":1,"sources":[null]}]}""")]
    [InlineData("""{"items":[{"group_ip":"232.1.1.1","tag":"t","external_group_id":1,"sources":[{"Exact":"\ud800"}]}]}""")]
    [InlineData("""{"items":[{"group_ip":"232.1.1.1","tag":"t","external_group_id":1,"internal_forwarding":{"nat_target":{"internal_ip":"ff04::1","vni":7}}}]}""")]
    [InlineData("""{"items":[{"group_ip":"ff04::1","tag":"\ud800","external_group_id":1}]}""")]
    [InlineData("[")]
    [InlineData("")]
    [Trait("spec", "engine/7.1")]
    public async Task A_list_that_cannot_be_is_unreadable_however_often_it_comes(string body)
    {
        _answer = r => (200, r.Path == "/dpd-uptime" ? "1" : body);
        for (var i = 0; i <= AdapterLimits.RestartsMax; i++)
        {
            (await Port.ListGroupsAsync(CancellationToken.None)).ShouldBeOfType<DeviceOutcome<System.Collections.Immutable.ImmutableArray<SwitchGroup>>.Garbled>();
        }

        _answer = r => (200, r.Path == "/dpd-uptime" ? "1" : """{"items":[]}""");

        (await Port.ListGroupsAsync(CancellationToken.None)).ShouldBeOfType<DeviceOutcome<System.Collections.Immutable.ImmutableArray<SwitchGroup>>.Answered>();
    }

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("-9223372036854775808")]
    public async Task An_uptime_that_cannot_be_is_not_taken_for_one(string uptime)
    {
        _answer = r => (200, r.Path == "/dpd-uptime" ? uptime : r.Method == "POST" ? GoodGroup : """{"items":[]}""");
        await Port.CreateUnderlayAsync(new UnderlayGroupBody("ff04::1", "t", []), CancellationToken.None);

        var listed = await Port.ListGroupsAsync(CancellationToken.None); // empty although it took a group: its uptime is asked for

        listed.ShouldBeOfType<DeviceOutcome<System.Collections.Immutable.ImmutableArray<SwitchGroup>>.Answered>();
    }

    [Fact]
    public async Task What_a_device_says_of_an_error_is_kept_short()
    {
        var novel = new string('x', 1 << 20);
        _answer = r => r.Path == "/dpd-uptime" ? (200, "1") : (409, $$"""{"error_code":"Conflict","message":"{{novel}}"}""");
        var refused = await Port.GetGroupAsync("ff04::1", CancellationToken.None);
        _answer = r => (200, r.Path == "/dpd-uptime" ? "1" : GoodGroup.Replace("ff04::1", novel, StringComparison.Ordinal));
        var unreadable = await Port.GetGroupAsync("ff04::1", CancellationToken.None);

        refused.ShouldBeOfType<DeviceOutcome<SwitchGroup>.Rejected>().Message.Length.ShouldBeInRange(900, 1_100);
        unreadable.ShouldBeOfType<DeviceOutcome<SwitchGroup>.Garbled>().Why.Length.ShouldBeInRange(900, 1_100);
    }

    private ISwitchPort Port => _services.GetRequiredService<ISwitchPorts>().For("rack-0", new Uri(_device.Urls.Single()));
}
