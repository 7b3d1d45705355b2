using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gantry.Actors;
using Gantry.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Wire;

/// <summary>
/// What every area keeps on disk and sends as mail: tags, versions and members, one golden file per area. A release must read what an earlier one
/// wrote, so a line may be added, never changed or taken away: a changed shape is a new version with an upcaster (engine 2.6).
/// </summary>
/// <remarks>Refresh the files with <c>GANTRY_UPDATE_GOLDEN=1</c> and review them as code.</remarks>
[Trait("spec", "engine/2.6")]
public sealed class WireGoldenTests
{
    private const string Update = "GANTRY_UPDATE_GOLDEN";

    [Fact]
    public async Task Shapes_that_were_written_before_are_still_read()
    {
        var wrong = new List<string>();
        await using var services = Services();
        var engine = new AreaModule { Name = "engine", Wire = [EngineWire.Set] };
        foreach (var area in services.GetServices<AreaModule>().Append(engine).Where(a => !a.Wire.IsEmpty).OrderBy(a => a.Name, StringComparer.Ordinal))
        {
            var present = Shapes(area);
            var file = FileOf(area.Name);
            if (Environment.GetEnvironmentVariable(Update) == "1")
            {
                Directory.CreateDirectory(Path.GetDirectoryName(file)!); // a file in a folder
                await File.WriteAllLinesAsync(file, present);
            }
            else if (!File.Exists(file))
            {
                // A new area: there is nothing yet that it could have broken.
                continue;
            }
            else
            {
                wrong.AddRange(Compare(area.Name, await File.ReadAllLinesAsync(file), present));
            }
        }

        wrong.ShouldBeEmpty($"if it is meant and no release has written the old shape, refresh with {Update}=1");
    }

    [Fact]
    public void Changed_removed_and_newly_required_members_are_found_and_new_ones_are_not()
    {
        string[] golden = ["a.made v1: At time, Name string", "b.gone v1: -", "c.same v1: Id guid"];
        string[] present = ["a.made v1: At long, Name string, Note string", "c.same v1: Id guid, Must string!", "d.new v1: X long!"];

        var wrong = Compare("x", golden, present).ToList();

        wrong.Count.ShouldBe(3);
        wrong[0].ShouldContain("a.made v1: At time");
        wrong[1].ShouldContain("b.gone v1");
        wrong[2].ShouldContain("c.same v1: Must string!");
    }

    private static IEnumerable<string> Compare(string area, string[] golden, IReadOnlyCollection<string> present)
    {
        var now = present.Select(Parse).ToDictionary(l => l.Head, l => l.Members);
        foreach (var (head, members) in golden.Where(l => l.Length > 0).Select(Parse))
        {
            if (!now.TryGetValue(head, out var left))
            {
                yield return $"{area}: {head} is gone";
                continue;
            }

            foreach (var lost in members.Except(left))
            {
                yield return $"{area}: {head}: {lost} is gone or changed";
            }

            foreach (var required in left.Except(members).Where(m => m.EndsWith('!')))
            {
                yield return $"{area}: {head}: {required} is required, but bodies without it are on disk";
            }
        }
    }

    private static (string Head, List<string> Members) Parse(string line)
    {
        var at = line.IndexOf(": ", StringComparison.Ordinal);
        return (line[..at], [.. line[(at + 2)..].Split(", ").Where(m => m != "-")]);
    }

    private static List<string> Shapes(AreaModule area)
    {
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        var nested = new Queue<JsonTypeInfo>();
        var seen = new HashSet<Type>();
        foreach (var form in area.Wire.SelectMany(w => w.Forms))
        {
            lines.Add(Line($"{form.Tag} v{form.Version}", form.TypeInfo, nested));
        }

        while (nested.TryDequeue(out var info))
        {
            if (seen.Add(info.Type))
            {
                lines.Add(Line($"(in bodies) {Name(info.Type)}", info, nested));
            }
        }

        return [.. lines];
    }

    private static string Line(string head, JsonTypeInfo info, Queue<JsonTypeInfo> nested)
    {
        var members = info.Properties
            .Where(p => p.Get is not null || p.Set is not null || p.AssociatedParameter is not null)
            .OrderBy(p => p.Name, StringComparer.Ordinal)
            .Select(p => $"{p.Name} {Describe(p.PropertyType, info, nested)}{(p.IsRequired ? "!" : "")}")
            .ToList();
        if (info.Type.IsEnum)
        {
            members = [.. Enum.GetNames(info.Type)];
        }

        return $"{head}: {(members.Count == 0 ? "-" : string.Join(", ", members))}";
    }

    private static string Describe(Type type, JsonTypeInfo owner, Queue<JsonTypeInfo> nested)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
        {
            return $"{Describe(inner, owner, nested)}?";
        }

        if (Plain(type) is { } plain)
        {
            return plain;
        }

        if (type != typeof(string) && typeof(IEnumerable).IsAssignableFrom(type))
        {
            var arguments = type.IsArray ? [type.GetElementType()!] : type.GetGenericArguments(); // an array has elements
            return $"[{string.Join(" to ", arguments.Select(a => Describe(a, owner, nested)))}]";
        }

        try
        {
            nested.Enqueue(owner.Options.GetTypeInfo(type));
        }
        catch (NotSupportedException)
        {
            // Written by a converter of its own: its name stands for its form.
        }

        return Name(type);
    }

    private static string? Plain(Type type) => type switch
    {
        _ when type == typeof(string) => "string",
        _ when type == typeof(bool) => "bool",
        _ when type == typeof(Guid) => "guid",
        _ when type == typeof(DateTimeOffset) => "time",
        _ when type == typeof(TimeSpan) => "duration",
        _ when type == typeof(JsonElement) => "json",
        _ when type == typeof(object) => "object",
        _ when type.IsPrimitive => type.Name.ToLower(CultureInfo.InvariantCulture),
        _ => null,
    };

    private static string Name(Type type)
    {
        var name = new StringBuilder(type.DeclaringType is { } outer ? $"{Name(outer)}." : "");
        name.Append(type.Name.Split('`')[0]);
        return type.IsGenericType ? $"{name}<{string.Join(' ', type.GetGenericArguments().Select(Name))}>" : name.ToString();
    }

    internal static ServiceProvider Services()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["gantry:storage:kind"] = "memory" })
            .Build();
        return new ServiceCollection().AddGantry(configuration).BuildServiceProvider();
    }

    private static string FileOf(string area, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "golden", $"{area}.txt"); // a file in a folder
}
