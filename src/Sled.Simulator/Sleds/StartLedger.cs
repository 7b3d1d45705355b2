using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gantry.Sled.Simulator;

/// <summary>
/// With which request the agent of a spare was started (vmm 1.9): kept on the sled's drive, so that the agent starts by itself when the sled
/// comes up again. Without a folder it lasts as long as the process.
/// </summary>
internal sealed class StartLedger(string? folder)
{
    private const string FileName = "sled-agent-start.json";

    /// <summary>Null for a sled whose agent was never started.</summary>
    public AgentStart? Read()
    {
        if (folder is null || !File.Exists(Path.Combine(folder, FileName)))
        {
            return null;
        }

        return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, FileName)), StartLedgerJson.Default.AgentStart);
    }

    /// <summary>Keeps it; replaced as a whole.</summary>
    public void Write(AgentStart start)
    {
        if (folder is null)
        {
            return;
        }

        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, FileName);
        File.WriteAllBytes(path + ".next", JsonSerializer.SerializeToUtf8Bytes(start, StartLedgerJson.Default.AgentStart));
        File.Move(path + ".next", path, overwrite: true);
    }
}

/// <summary>The identity that an agent was started with.</summary>
/// <param name="Id">The sled's id.</param>
/// <param name="RackId">Its rack.</param>
internal sealed record AgentStart(Guid Id, Guid RackId);

/// <summary>The ledger's form.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AgentStart))]
internal sealed partial class StartLedgerJson : JsonSerializerContext;
