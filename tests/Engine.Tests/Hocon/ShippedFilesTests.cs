using Gantry.Hocon;
using Microsoft.Extensions.Configuration;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Hocon;

/// <summary>The files in <c>hocon/</c> are read as a node reads them.</summary>
[Trait("spec", "engine/1.3")]
public sealed class ShippedFilesTests
{
    [Fact]
    public void Every_setting_of_the_reference_is_documented_and_keeps_its_own_range()
    {
        HoconSchema.Gantry.Check(HoconReader.ReadFile(At("reference.conf")));

        HoconSchema.Gantry.Settings.Count.ShouldBeGreaterThan(10);
        foreach (var setting in HoconSchema.Gantry.Settings)
        {
            setting.Summary.Length.ShouldBeGreaterThan(8, setting.Path);
            setting.Path.ShouldMatch("^gantry(\\.[a-z0-9_]+)+$");
        }
    }

    [Theory]
    [InlineData("single.conf")]
    [InlineData("sim-rack.conf")]
    public void A_shipped_file_holds_known_settings_and_turns_multicast_on(string file)
    {
        var configuration = Load(file, []);

        configuration.GetValue<bool>("gantry:multicast:enabled").ShouldBeTrue();
        configuration["gantry:storage:kind"].ShouldBe("sqlite");
        configuration.GetValue<int>("gantry:api:external:port").ShouldBe(8480);
    }

    [Fact]
    public void The_simulated_rack_takes_its_addresses_and_token_from_the_environment()
    {
        var configuration = Load("sim-rack.conf", new()
        {
            ["GANTRY_SWITCH1"] = "http://switch1:12224",
            ["GANTRY_TOKEN"] = "gnt_abcdef_x",
            ["GANTRY__STORAGE__PATH"] = "/data",
        });

        configuration["gantry:racks:0:switches:0:address"].ShouldBe("http://127.0.0.1:8491");
        configuration["gantry:racks:0:switches:1:address"].ShouldBe("http://switch1:12224");
        configuration["gantry:racks:0:management_gateways:0"].ShouldBe("http://127.0.0.1:8493");
        configuration["gantry:bootstrap:token"].ShouldBe("gnt_abcdef_x");
        configuration["gantry:storage:path"].ShouldBe("/data");
        configuration["gantry:bootstrap:token_file"].ShouldBe("/data/admin.token");
    }

    [Fact]
    public void A_node_of_a_cluster_takes_what_differs_from_the_environment()
    {
        var configuration = Load("cluster.conf", new()
        {
            ["GANTRY_NODE"] = "node-2",
            ["GANTRY_LINK"] = "https://node-2:8483",
            ["GANTRY_POSTGRES"] = "Host=db;Username=gantry",
        });

        configuration["gantry:storage:kind"].ShouldBe("postgres");
        configuration["gantry:storage:connection"].ShouldBe("Host=db;Username=gantry");
        configuration.GetValue<bool>("gantry:cluster:enabled").ShouldBeTrue();
        configuration["gantry:cluster:node_id"].ShouldBe("node-2");
        configuration["gantry:cluster:link:url"].ShouldBe("https://node-2:8483");
        configuration["gantry:cluster:certificates:key"].ShouldBe("certificates/node.key");
        configuration.GetValue<bool>("gantry:multicast:enabled").ShouldBeTrue();
        Should.Throw<HoconException>(() => Load("cluster.conf", [])).Message.ShouldContain("GANTRY_");
    }

    [Fact]
    public void Only_multicast_is_off_in_the_reference_and_on_in_the_files()
    {
        Load(null, []).GetValue<bool>("gantry:multicast:enabled").ShouldBeFalse();
    }

    private static IConfigurationRoot Load(string? file, Dictionary<string, string> environment) =>
        (IConfigurationRoot)new ConfigurationBuilder()
            .AddGantryHocon(file is null ? [] : [At(file)], source => source.Environment = environment)
            .Build();

    private static string At(string file)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Actors.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder.ShouldNotBeNull().FullName, "hocon", file);
    }
}
