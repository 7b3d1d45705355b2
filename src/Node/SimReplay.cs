using System.CommandLine;
using System.Globalization;
using Gantry.Actors;
using Gantry.Actors.Runtime;

namespace Gantry.Node;

/// <summary><c>sim replay</c>: one seed again, or the evidence that a broken lane left behind (engine 10.2).</summary>
internal static class SimReplay
{
    public static Command Create(Func<ulong, int> seeded)
    {
        var what = new Argument<string>("what") { Description = "A seed, or a file of evidence (evidence/lane-*.jsonl in the data folder)." };
        var command = new Command("replay", "Goes through a seed or a file of evidence again; exit code 1 when it breaks, 2 when it cannot be read.") { what };
        command.SetAction(parsed => parsed.GetValue(what) is { } text && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
            ? seeded(seed)
            : Evidence(parsed.GetValue(what)!)); // required
        return command;
    }

    // The node is only put together, for its areas know how to read what is in the file; nothing of it starts.
    private static int Evidence(string file)
    {
        try
        {
            using var node = NodeHost.Build([], []);
            Print(file, EvidenceReplay.Run(file, node.Services.GetRequiredService<EngineModel>()), out var code);
            return code;
        }
        catch (EvidenceException e)
        {
            Console.Error.WriteLine($"error: {e.Message}");
            return 2;
        }
    }

    private static void Print(string file, EvidenceResult result, out int code)
    {
        Console.WriteLine($"{file}: {result.Steps} inputs gone through, {result.Skipped} left out, from step {result.First}");
        if (result.First > 0)
        {
            Console.WriteLine(
                $"the lane was {result.First} steps old when the file begins: {result.Guessed} entities that it had in memory are taken to be new");
        }

        Console.WriteLine($"recorded: {result.Recorded.Split('\n')[0]}");
        Console.WriteLine(result.BrokeAt is { } step ? $"breaks at step {step}: {result.Error}" : "does not break");
        code = result.BrokeAt is null ? 0 : 1;
    }
}
