using System.Reflection;
using Gantry.Actors;
using Gantry.Admin;
using Gantry.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Gantry.Architecture.Tests;

/// <summary>Any node may be asked anything, so every command that is asked, and every reply, must be able to travel on a link.</summary>
[Trait("spec", "engine/2.6")]
public sealed class AskedCommandTests
{
    [Fact]
    public async Task Every_asked_command_and_every_reply_has_a_wire_form()
    {
        await using var services = Services();
        var wire = services.GetRequiredService<EngineModel>().Wire;

        var asked = Asked();

        asked.Count.ShouldBeGreaterThan(50);
        asked.Where(t => !Has(wire, t)).Select(t => t.FullName).Order().ShouldBeEmpty("give each a [Wire] tag and a line in its area's JSON context");
    }

    [Fact]
    public async Task What_was_asked_on_one_node_is_what_another_node_decides()
    {
        await using var services = Services();
        var wire = services.GetRequiredService<EngineModel>().Wire;
        var samples = new Samples();
        var lost = new List<string>();
        foreach (var type in Asked().Where(t => Has(wire, t)))
        {
            var sent = samples.Make(type);
            var first = wire.Encode(sent);

            var received = wire.Decode(first.Tag, first.Version, first.Body);

            lost.AddRange(Samples.Differences(sent, received, type.Name));
        }

        lost.ShouldBeEmpty("these members do not travel");
    }

    private static List<Type> Asked()
    {
        var commands = Directory.EnumerateFiles(AppContext.BaseDirectory, "Gantry.*.dll")
            .Where(f => !f.EndsWith(".Tests.dll", StringComparison.Ordinal))
            .SelectMany(f => Assembly.Load(Path.GetFileNameWithoutExtension(f)).GetTypes())
            .Where(t => t is { IsAbstract: false, IsInterface: false } && RepliesOf(t).Any())
            .ToList();
        return [.. commands.Concat(commands.SelectMany(RepliesOf)).Distinct().OrderBy(t => t.FullName, StringComparer.Ordinal)];
    }

    private static IEnumerable<Type> RepliesOf(Type command) => command.GetInterfaces()
        .Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(ICommand<>))
        .Select(i => i.GetGenericArguments()[0]);

    private static bool Has(WireRegistry wire, Type type)
    {
        try
        {
            return wire.FormOf(type).Type == type;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static ServiceProvider Services() => new ServiceCollection()
        .AddGantry(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["gantry:storage:kind"] = "memory" }).Build())
        .AddGantryAdmin()
        .BuildServiceProvider();
}
