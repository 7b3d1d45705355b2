using Gantry.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>A cluster that could not be safe does not start, and says what to do.</summary>
[Trait("spec", "engine/10.5")]
public sealed class ClusterSettingsTests
{
    [Theory]
    [InlineData("gantry:storage:kind", "sqlite", "needs gantry.storage.kind postgres")]
    [InlineData("gantry:cluster:link:address", "0.0.0.0", "off loopback nodes need gantry.cluster.certificates")]
    [InlineData("gantry:cluster:link:address", "10.1.2.3", "certificates issue")]
    [InlineData("gantry:cluster:link:address", "node-1", "must be an IP address")]
    [InlineData("gantry:cluster:certificates:key", "node.key", "all of authority, certificate and key")]
    [InlineData("gantry:cluster:time_to_live", "00:00:01.5", "two beats at least")]
    [InlineData("gantry:cluster:node_id", "node 1", "gantry.cluster.node_id must be")]
    [InlineData("gantry:cluster:public_url", "node-1", "gantry.cluster.public_url must be an address")]
    [InlineData("gantry:cluster:weight", "0", "must be 1 to 100")]
    public void What_could_not_be_safe_is_refused(string setting, string value, string says)
    {
        var refused = Should.Throw<OptionsValidationException>(() => Read(setting, value));

        refused.Message.ShouldContain(says);
    }

    [Fact]
    public void Loopback_needs_no_certificates_and_an_address_for_all_needs_one_that_others_can_call()
    {
        Read("gantry:cluster:weight", "2").Weight.ShouldBe(2);

        Should.Throw<OptionsValidationException>(() => Read("gantry:cluster:link:address", "0.0.0.0")).Message.ShouldContain("gantry.cluster.link.url");
    }

    [Fact]
    public void A_node_that_is_alone_is_not_asked_for_any_of_it() =>
        Read("gantry:cluster:enabled", "false", "sqlite").Enabled.ShouldBeFalse();

    private static ClusterSettings Read(string setting, string value, string kind = "postgres")
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["gantry:storage:kind"] = kind, ["gantry:cluster:enabled"] = "true" })
            .AddInMemoryCollection(new Dictionary<string, string?> { [setting] = value })
            .Build();
        using var services = new ServiceCollection().AddGantry(configuration).BuildServiceProvider();
        return services.GetRequiredService<IOptions<ClusterSettings>>().Value;
    }
}
