using System.CommandLine;

using Gantry.Client;

namespace Gantry.Cli;

/// <summary><c>login</c>, <c>logout</c>, <c>whoami</c>. The token is read from standard input, never from a flag that a list of processes would show.</summary>
internal static class LoginCommands
{
    private const int TokenLengthMax = 512;

    public static Command Login(CommandMaker make) => make.Verb(
        "login",
        "Keeps a token for the context. Example: gantry --context rack1 login < token | gantry login < token",
        async (session, ct) =>
        {
            var context = OfFile(session);
            if (session.Host.IsTerminal)
            {
                session.Host.Error.Write($"token for {context.Address}: ");
            }

            var token = session.Host.In.ReadLine()?.Trim() ?? "";
            if (token.Length is 0 or > TokenLengthMax)
            {
                throw new CliException(ExitCodes.Usage, token.Length == 0 ? "no token was given" : "that is too long for a token")
                {
                    Next = "gantry login < file-with-the-token",
                };
            }

            using var client = new GantryClient(new GantryClientOptions { Address = context.Address, Token = token }, session.Host.Random);
            var me = (await client.GetAsync("/v1/me", ct).ConfigureAwait(false)).Body;
            var path = TokenPath(session, context.Name);
            Keep(path, token);
            Refer(session, context.Name, $"file:{path}");
            session.Note($"signed in to {context.Name} as {me.Text("display_name")}; the token is in {path}");
            return ExitCodes.Ok;
        });

    public static Command Logout(CommandMaker make) => make.Verb(
        "logout",
        "Forgets the context's token on this machine. Example: gantry logout | gantry --context rack1 logout",
        (session, _) =>
        {
            var context = OfFile(session);
            File.Delete(TokenPath(session, context.Name));
            Refer(session, context.Name, null);
            session.Note($"no token is kept for {context.Name} any more; it stays valid until it is deleted or expires");
            return Task.FromResult(ExitCodes.Ok);
        });

    public static Command WhoAmI(CommandMaker make) => make.Verb(
        "whoami",
        "Who the token says you are. Example: gantry whoami | gantry whoami -o json",
        async (session, ct) =>
        {
            Table.WriteObject(session, (await session.Client.GetAsync("/v1/me", ct).ConfigureAwait(false)).Body, "display_name", s_columns);
            return ExitCodes.Ok;
        });

    private static readonly Column[] s_columns =
    [
        Column.Of("NAME", "display_name"), Column.Of("SILO", "silo_name"), Column.Of("FLEET-ROLE", "fleet_role"),
        Column.Of("SILO-ROLE", "silo_role"), Column.Id("ID", "id"),
    ];

    private static ContextEntry OfFile(Session session)
    {
        var file = ContextFile.Load(session.Host.ConfigPath);
        var name = session.NamedContext ?? session.Host.Environment("GANTRY_CONTEXT") ?? file.Current;
        return name is null
            ? throw new CliException(ExitCodes.Usage, "there is no context to keep a token for") { Next = "gantry context add NAME --address URL" }
            : Contexts.OfFile(file, name);
    }

    private static string TokenPath(Session session, string context) =>
        Path.Combine(Path.GetDirectoryName(session.Host.ConfigPath) ?? "", "tokens", context);

    private static void Keep(string path, string token)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // made of a folder and a name just now
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var writer = new StreamWriter(path, options);
        writer.WriteLine(token);
    }

    private static void Refer(Session session, string context, string? reference)
    {
        var file = ContextFile.Load(session.Host.ConfigPath);
        var entry = new Dictionary<string, string>(file.Entries[context], StringComparer.Ordinal);
        entry.Remove("token");
        if (reference is not null)
        {
            entry["token"] = reference;
        }

        var entries = new Dictionary<string, IReadOnlyDictionary<string, string>>(file.Entries, StringComparer.Ordinal) { [context] = entry };
        (file with { Entries = entries }).Save(session.Host.ConfigPath);
    }
}
