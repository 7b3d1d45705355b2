namespace Gantry.Cli;

/// <summary>One table from state words to hues; a state is never told by colour alone, the word stays.</summary>
internal static class Colours
{
    private const string Reset = "\e[0m";

    public static string Paint(Session session, string cell)
    {
        if (!session.HasColour)
        {
            return cell;
        }

        var hue = cell switch
        {
            "running" or "healthy" or "up" or "Active" or "Joined" or "in-service" or "in sync" => "\e[32m",
            "starting" or "stopping" or "rebooting" or "creating" or "Creating" or "Joining" or "no-provision" or "migrating" => "\e[33m",
            "failed" or "unreachable" or "expunged" or "down" or "missing" or "differs" => "\e[31m",
            "stopped" or "Left" => "\e[90m",
            _ => null,
        };
        return hue is null ? cell : hue + cell + Reset;
    }
}
