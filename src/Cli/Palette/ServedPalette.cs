using System.CommandLine;
using Gantry.Client;

namespace Gantry.Cli;

/// <summary>
/// The nouns that nodes publish on their admin listener. They are fetched only when a line begins with a word that this client does not know.
/// </summary>
internal static class ServedPalette
{
    /// <summary>Nouns that every node has; others may come with a host.</summary>
    public static readonly string[] Usual = ["cluster", "node", "shard", "entity", "mail", "saga", "reconciler", "view", "claim", "store", "journal", "audit"];

    /// <summary>What help says of a served noun.</summary>
    public const string Served = "Served by the node.";

    private const string Path = "/admin/palette";
    private const int SchemaVersion = 1;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>The word that may be a served noun, or null when this client knows what to do.</summary>
    public static string? WantedOf(ParseResult parsed) =>
        parsed.CommandResult.Command is RootCommand && parsed.UnmatchedTokens is [var word, ..] && !word.StartsWith('-') ? word : null;

    /// <summary>Adds the served nouns to the tree. A word that nodes usually do not serve is worth a look but no error.</summary>
    public static async Task AddAsync(RootCommand root, CommandMaker make, Session session, string wanted, CancellationToken ct)
    {
        try
        {
            using var client = ClientOf(session, s_patience);
            var palette = (await client.GetAsync(Path, ct).ConfigureAwait(false)).Body;
            if (palette.Number("schema_version") is not SchemaVersion)
            {
                throw new CliException(ExitCodes.Unexpected, $"the node serves commands of schema {palette.Text("schema_version")}; this client reads {SchemaVersion}")
                {
                    Next = "use the gantry of the node's release",
                };
            }

            foreach (var noun in palette.Items("commands").GroupBy(c => c.Text("noun"), StringComparer.Ordinal))
            {
                if (root.Subcommands.All(c => c.Name != noun.Key))
                {
                    root.Subcommands.Add(make.Noun(noun.Key, Served, [.. noun.Select(c => PaletteVerb.Make(make, c))]));
                }
            }
        }
        catch (Exception e) when (!Usual.Contains(wanted) && e is GantryException or GantryUnreachableException)
        {
            // A misspelt noun of this client's own: the nearest words are the answer.
        }
    }

    /// <summary>A client of the admin listener.</summary>
    public static GantryClient ClientOf(Session session, TimeSpan patience) => new(
        new GantryClientOptions { Address = session.Context.AdminAddress, Token = session.Context.Token, Timeout = patience }, session.Host.Random, handler: null, session.Trace);
}
