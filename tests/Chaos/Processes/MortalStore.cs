using System.Diagnostics;
using System.Globalization;
using Gantry.Actors.Storage;
using Gantry.Tests;

namespace Gantry.Chaos;

/// <summary>
/// Passes everything on, and kills its process right after the commit that a file names: the rows are durable, nobody has heard of it.
/// Commits are counted from the first one that finds the file as it is.
/// </summary>
internal sealed class MortalStore(IActorStore inner, string killFile) : PassingStore(inner)
{
    private int _commits;
    private string _order = "";

    public override async ValueTask<CommitResult> CommitAsync(LaneTicket ticket, CommitBatch batch, CancellationToken ct)
    {
        var result = await base.CommitAsync(ticket, batch, ct);
        if (result is CommitResult.Committed && await IsLastAsync(batch, ct))
        {
            Process.GetCurrentProcess().Kill();
        }

        return result;
    }

    // "<number> <kinds> <name>": the commits counted are those with an event of an entity of such a kind.
    private async Task<bool> IsLastAsync(CommitBatch batch, CancellationToken ct)
    {
        if (await OrderAsync(ct) is not { } order)
        {
            return false;
        }

        var parts = order.Split(' ', 3);
        _commits = order == _order ? _commits : 0;
        _order = order;
        return batch.Events.Any(e => parts[1].Split(',').Any(kind => e.Entity.Kind.StartsWith(kind, StringComparison.Ordinal)))
            && ++_commits == int.Parse(parts[0], CultureInfo.InvariantCulture)
            && KillOrder.TryTake(killFile);
    }

    private async Task<string?> OrderAsync(CancellationToken ct)
    {
        try
        {
            return await File.ReadAllTextAsync(killFile, ct);
        }
        catch (FileNotFoundException)
        {
            // The test has none, or took it back just now.
            return null;
        }
    }
}

/// <summary>
/// The file that orders a kill. The node and the test may both want it at the same moment, the one to die and the other to call it off;
/// whoever moves it away has it, and the other knows.
/// </summary>
internal static class KillOrder
{
    public static bool TryTake(string file)
    {
        try
        {
            File.Move(file, file + ".taken", overwrite: true);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }
}
