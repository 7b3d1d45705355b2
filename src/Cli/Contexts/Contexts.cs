namespace Gantry.Cli;

/// <summary>Finds out where to call: flag, then environment, then the file's current context.</summary>
internal static class Contexts
{
    public const string DefaultAddress = "http://127.0.0.1:8480";

    public static ContextEntry Resolve(CliHost host, string? flag)
    {
        var name = flag ?? host.Environment("GANTRY_CONTEXT");
        var address = host.Environment("GANTRY_HOST");
        var file = ContextFile.Load(host.ConfigPath);
        ContextEntry entry;
        if (name is null && address is not null)
        {
            entry = new ContextEntry("environment", AddressOf(address, "GANTRY_HOST"), null);
        }
        else if ((name ?? file.Current) is { } wanted)
        {
            entry = OfFile(file, wanted);
        }
        else
        {
            entry = new ContextEntry("default", new Uri(DefaultAddress), null);
        }

        if (name is not null && address is not null)
        {
            entry = entry with { Address = AddressOf(address, "GANTRY_HOST") };
        }

        if (host.Environment("GANTRY_ADMIN") is { } admin)
        {
            entry = entry with { AdminAddress = AddressOf(admin, "GANTRY_ADMIN") };
        }

        return entry with { Token = host.Environment("GANTRY_TOKEN") ?? TokenOf(host, entry) };
    }

    public static ContextEntry OfFile(ContextFile file, string name)
    {
        if (!file.Entries.TryGetValue(name, out var entry))
        {
            throw new CliException(ExitCodes.NotFound, $"there is no context \"{name}\"")
            {
                Why = Nearest.Lines(name, file.Entries.Keys),
                Next = "gantry context add NAME --address URL --token-file PATH",
            };
        }

        var made = new ContextEntry(name, AddressOf(entry.GetValueOrDefault("address") ?? DefaultAddress, $"context {name}"), entry.GetValueOrDefault("token"))
        {
            Project = entry.GetValueOrDefault("project") ?? "default",
            IsProtected = entry.GetValueOrDefault("protected") == "true",
        };
        return entry.GetValueOrDefault("admin") is { } address ? made with { AdminAddress = AddressOf(address, $"admin of context {name}") } : made;
    }

    public static Uri AddressOf(string text, string where) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new CliException(ExitCodes.Usage, $"{where}: \"{text}\" is no http address") { Next = "write http://127.0.0.1:8480" };

    private static string? TokenOf(CliHost host, ContextEntry entry) => entry.TokenReference switch
    {
        null => null,
        ['e', 'n', 'v', ':', .. var variable] => host.Environment(variable),
        ['f', 'i', 'l', 'e', ':', .. var path] when File.Exists(path) => File.ReadAllText(path).Trim(),
        var reference => throw new CliException(ExitCodes.NotAllowed, $"the token of context {entry.Name} cannot be read")
        {
            Why = [$"its reference is {reference}"],
            Next = "write the token into that file, or set GANTRY_TOKEN",
        },
    };
}
