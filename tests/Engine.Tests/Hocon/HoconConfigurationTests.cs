using Gantry.Hocon;
using Microsoft.Extensions.Configuration;
using Shouldly;
using Xunit;

namespace Gantry.Engine.Tests.Hocon;

public sealed class HoconConfigurationTests
{
    private const string Reference = """
        gantry {
          storage {
            # Where things are kept.
            # unit: text
            # range: a folder
            # low: nothing kept
            # high: disk full
            path = data

            # How much.
            # unit: size
            # range: 1 KiB to 1 GiB
            # low: refused
            # high: memory
            cache = 1 MiB
          }

          multicast {
            # Whether groups are served.
            # unit: switch
            # range: true or false
            # low: no groups
            # high: groups
            enabled = false

            # Between two looks.
            # unit: duration
            # range: 1 s to 1 h
            # low: busy
            # high: slow to notice
            # and slower
            period = 60 s

            # Letters.
            # unit: texts
            # range: words
            # low: none
            # high: many
            names = [a, b]
          }

          # Racks.
          # unit: objects
          # range: 0 to 8
          # low: none
          # high: many
          # element: { id = "r", switches = [{ slot = 0 }] }
          racks = []
        }
        """;

    [Fact]
    public void Later_layers_win_and_values_come_in_the_binder_s_form()
    {
        using var folder = new TempFolder();
        var file = folder.Write("a.conf", "gantry { multicast { enabled = on, period = 2 m }, storage.path = /file, storage.cache = 64 KiB }");

        var configuration = Build(
            [file],
            new() { ["GANTRY__STORAGE__PATH"] = "/environment", ["GANTRY__MULTICAST__NAMES"] = "x, y, z" },
            new() { ["gantry.multicast.period"] = "3 m" });

        configuration.GetValue<bool>("gantry:multicast:enabled").ShouldBeTrue();
        configuration.GetValue<TimeSpan>("gantry:multicast:period").ShouldBe(TimeSpan.FromMinutes(3));
        configuration.GetValue<long>("gantry:storage:cache").ShouldBe(65_536);
        configuration["gantry:storage:path"].ShouldBe("/environment");
        configuration.GetSection("gantry:multicast:names").Get<string[]>().ShouldBe(["x", "y", "z"]);
    }

    [Fact]
    public void A_shorter_list_replaces_a_longer_one()
    {
        using var folder = new TempFolder();
        var file = folder.Write("a.conf", "gantry.multicast.names = [c]");

        Build([file]).GetSection("gantry:multicast:names").Get<string[]>().ShouldBe(["c"]);
    }

    [Fact]
    public void Objects_in_lists_can_come_from_the_environment()
    {
        var configuration = Build([], new() { ["GANTRY__RACKS"] = "[{ id = r1, switches = [{ slot = 0 }, { slot = 1 }] }]" });

        configuration["gantry:racks:0:switches:1:slot"].ShouldBe("1");
    }

    [Theory]
    [InlineData("gantry.storage.pth = x", "gantry.storage.path")]
    [InlineData("gantry.storrage.path = x", "gantry.storage")]
    [InlineData("gantry.racks = [{ idd = x }]", "gantry.racks[].id")]
    [InlineData("gantry.racks = [{ switches = [{ slt = 0 }] }]", "gantry.racks[].switches[].slot")]
    public void An_unknown_name_is_refused_with_the_nearest_known_one(string text, string nearest)
    {
        using var folder = new TempFolder();
        var file = folder.Write("a.conf", text);

        var wrong = Should.Throw<HoconException>(() => Build([file]));

        wrong.Next.ShouldContain(nearest);
        wrong.At.File.ShouldBe(file);
        wrong.At.Line.ShouldBe(1);
    }

    [Fact]
    public void An_unknown_environment_variable_is_named()
    {
        var wrong = Should.Throw<HoconException>(() => Build([], new() { ["GANTRY__MULTICAST__PERIODS"] = "1 s" }));

        wrong.Message.ShouldContain("GANTRY__MULTICAST__PERIODS");
        wrong.Next.ShouldContain("gantry.multicast.period");
    }

    [Theory]
    [InlineData("gantry.multicast.period = 999 ms")]
    [InlineData("gantry.multicast.period = 61 m")]
    [InlineData("gantry.multicast.period = 60")]
    [InlineData("gantry.multicast.period = null")]
    [InlineData("gantry.multicast.enabled = maybe")]
    [InlineData("gantry.storage.cache = 1023 B")]
    [InlineData("gantry.storage.cache = [1]")]
    [InlineData("gantry.multicast.names = [{}]")]
    [InlineData("gantry.racks = x")]
    [InlineData("gantry.racks = [{ id = [] }]")]
    [InlineData("gantry.storage = x")]
    [InlineData("gantry = x")]
    public void A_value_of_the_wrong_sort_or_range_is_refused(string text)
    {
        using var folder = new TempFolder();
        var file = folder.Write("a.conf", text);

        Should.Throw<HoconException>(() => Build([file])).At.Line.ShouldBe(1);
    }

    [Theory]
    [InlineData("gantry.multicast.period = 1 s")]
    [InlineData("gantry.multicast.period = 1 h")]
    [InlineData("gantry.storage.cache = 1 GiB")]
    public void The_ends_of_a_range_are_in_it(string text)
    {
        using var folder = new TempFolder();

        Build([folder.Write("a.conf", text)]);
    }

    [Fact]
    public void An_undocumented_setting_in_the_reference_is_refused()
    {
        var wrong = Should.Throw<HoconException>(() => HoconSchema.Of("gantry {\n  # Words.\n  # unit: text\n  a = 1\n}"));

        wrong.Why.ShouldContain("range:");
        wrong.At.Line.ShouldBe(4);
    }

    private static IConfigurationRoot Build(
        string[] files, Dictionary<string, string>? environment = null, Dictionary<string, string>? values = null) =>
        (IConfigurationRoot)new ConfigurationBuilder().AddGantryHocon(files, source =>
        {
            source.Schema = HoconSchema.Of(Reference);
            source.Environment = environment ?? [];
            foreach (var value in values ?? [])
            {
                source.Values.Add(value);
            }
        }).Build();
}
