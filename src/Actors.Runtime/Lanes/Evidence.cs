using System.Globalization;
using System.Text.Json;
using Gantry.Actors.Kernel;

namespace Gantry.Actors.Runtime;

/// <summary>
/// The last inputs of a lane (engine 10.2): kept as they came, written out as lines of JSON when the lane breaks, so that the very steps can be
/// gone through again (<see cref="EvidenceReplay"/>). One thread writes it.
/// </summary>
internal sealed class Evidence(LaneHost host, int lane, ulong seed)
{
    /// <summary>Inputs kept.</summary>
    public const int InputsMax = 256;

    private readonly LaneInput[] _inputs = new LaneInput[InputsMax];
    private readonly EvidenceStanding _before = new();
    private long _steps;

    public void Add(in LaneInput input)
    {
        ref var place = ref _inputs[_steps % InputsMax];
        if (_steps++ >= InputsMax)
        {
            _before.Follow(place.What);
        }

        place = input;
    }

    /// <summary>Writes them to the log and, where a folder is set, to a file whose name is logged. Never throws: the engine is told next.</summary>
    public void Write(Exception error)
    {
        string inputs;
        try
        {
            var lines = Lines(error).ToList();
            inputs = TryWriteFile(lines) ?? string.Join('\n', lines);
        }
        catch (Exception e)
        {
            // What broke the lane may well be an input that cannot be written either.
            inputs = $"they cannot be written: {e.Message}";
        }

        RuntimeLog.LaneBroke(host.Log, error, lane, host.Me.ToString(), inputs);
    }

    private string? TryWriteFile(List<string> lines)
    {
        if (host.EvidenceFolder is not { } folder)
        {
            return null;
        }

        try
        {
            Directory.CreateDirectory(folder);
            var name = $"lane-{lane}-{host.Time.GetUtcNow().ToString("yyyyMMdd-HHmmss-fff", CultureInfo.InvariantCulture)}.jsonl";
            var file = Path.Combine(folder, name);
            File.WriteAllLines(file, lines);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private IEnumerable<string> Lines(Exception error)
    {
        var first = Math.Max(0, _steps - InputsMax);
        yield return JsonSerializer.Serialize(
            new EvidenceHead
            {
                Evidence = EvidenceHead.VersionNow,
                Lane = lane,
                ShardCount = host.Store.Identity.ShardCount,
                Scope = host.Store.Identity.Scope,
                Seed = seed,
                First = first,
                Session = _before.Session,
                LastBatch = _before.LastBatch,
                Shards = _before.Shards,
            },
            EvidenceJson.Default.EvidenceHead);
        var codec = new EvidenceCodec(host.Model.Wire);
        for (var i = first; i < _steps; i++)
        {
            yield return JsonSerializer.Serialize(codec.Encode(i, _inputs[i % InputsMax]), EvidenceJson.Default.EvidenceLine);
        }

        yield return JsonSerializer.Serialize(new EvidenceEnd(error.ToString()), EvidenceJson.Default.EvidenceEnd);
    }
}
