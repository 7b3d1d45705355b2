using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gantry.Hocon;
using Gantry.Node;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace Gantry.Architecture.Tests;

/// <summary>
/// The settings that a node reads are the ones that <c>hocon/reference.conf</c> documents, both ways (engine 1.3): a listener below the node's
/// configuration writes down every name that is asked for while a whole node is put together.
/// </summary>
[Trait("spec", "engine/1.3")]
public sealed class SettingsTests
{
    // Groups of objects: what is in one is described above the group itself.
    private static readonly ImmutableArray<string> s_objects = ["gantry:racks"];

    private static readonly Lazy<ImmutableHashSet<string>> s_asked = new(Asked);

    [Fact]
    public void Every_setting_that_is_read_is_documented()
    {
        var documented = Documented();

        s_asked.Value.Where(a => !documented.Contains(a) && !documented.Any(d => d.StartsWith(a + ":", StringComparison.Ordinal)))
            .Where(a => !s_objects.Any(o => a.StartsWith(o, StringComparison.Ordinal)))
            .ShouldBeEmpty("add it to hocon/reference.conf with unit, range, low and high");
    }

    [Fact]
    public void Every_setting_that_is_documented_is_read() =>
        Documented().Except(s_asked.Value).ShouldBeEmpty("nothing reads it: a typing error in code, or a setting that is gone");

    [Fact]
    public void Every_setting_says_its_unit_its_range_and_what_goes_wrong_at_each_end()
    {
        foreach (var setting in HoconSchema.Gantry.Settings)
        {
            setting.Unit.ToString().ShouldNotBeNullOrEmpty(setting.Path);
            setting.Range.ToString().ShouldNotBeNullOrEmpty(setting.Path);
            setting.Low.ShouldNotBeNullOrWhiteSpace(setting.Path);
            setting.High.ShouldNotBeNullOrWhiteSpace(setting.Path);
        }
    }

    private static ImmutableHashSet<string> Documented() =>
        [.. HoconSchema.Gantry.Settings.Select(s => s.Path.Replace('.', ':'))];

    private static ImmutableHashSet<string> Asked()
    {
        var listener = new Listener();
        var types = new HashSet<Type>();
        using var app = NodeHost.Build([], [], builder =>
        {
            ((IConfigurationBuilder)builder.Configuration).Add(listener);
            types.UnionWith(builder.Services.Select(s => s.ServiceType).Where(t => t.IsGenericType && t.GetGenericTypeDefinition() == typeof(IConfigureOptions<>))
                .Select(t => t.GetGenericArguments()[0]).Where(t => t.Assembly.GetName().Name!.StartsWith("Gantry.", StringComparison.Ordinal)));
        });
        foreach (var type in types.Append(typeof(KestrelServerOptions)))
        {
            var options = app.Services.GetRequiredService(typeof(IOptions<>).MakeGenericType(type));
            options.GetType().GetProperty("Value")!.GetValue(options); // every IOptions has it
        }

        return [.. listener.Asked.Keys.Where(k => k.StartsWith("gantry:", StringComparison.OrdinalIgnoreCase)).Select(k => k.ToLowerInvariant())];
    }

    // Holds nothing and hears everything: the last source is asked first.
    private sealed class Listener : ConfigurationProvider, IConfigurationSource
    {
        public ConcurrentDictionary<string, bool> Asked { get; } = new(StringComparer.OrdinalIgnoreCase);

        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public override bool TryGet(string key, out string? value)
        {
            Asked[key] = true;
            value = null;
            return false;
        }
    }
}
