using System.Text.Json;
using Gantry.Actors.Kernel;

namespace Gantry.Actors.Runtime;

/// <summary>
/// Goes through a file of evidence again: a fresh lane is stepped through the inputs that another one broke on (engine 10.2). Nothing is
/// stored and nobody is told.
/// </summary>
public static class EvidenceReplay
{
    /// <summary>Reads the file and steps through it.</summary>
    /// <exception cref="EvidenceException">It is damaged, or another release wrote it; the message names file and line.</exception>
    public static EvidenceResult Run(string file, EngineModel model)
    {
        var (head, inputs, error) = Read(file, model);
        return new ReplayedLane(head, model).Run(head, inputs, error);
    }

    private static (EvidenceHead Head, List<(long Step, LaneInput Input)> Inputs, string Error) Read(string file, EngineModel model)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvidenceException($"{file} cannot be read: {e.Message}");
        }

        var number = 1;
        try
        {
            var head = lines.Length == 0 ? null : JsonSerializer.Deserialize(lines[0], EvidenceJson.Default.EvidenceHead);
            if (head is null)
            {
                throw new EvidenceException($"{file} is empty: copy it again from the evidence folder of the node.");
            }

            if (head.Evidence != EvidenceHead.VersionNow)
            {
                throw new EvidenceException(
                    $"{file} is evidence of version {head.Evidence}; this release reads version {EvidenceHead.VersionNow}. Use the release that wrote it.");
            }

            var codec = new EvidenceCodec(model.Wire);
            var inputs = new List<(long, LaneInput)>();
            for (number = 2; number < lines.Length; number++)
            {
                var line = JsonSerializer.Deserialize(lines[number - 1], EvidenceJson.Default.EvidenceLine) ?? throw new JsonException("it is null");
                if (line.Step != head.First + number - 2)
                {
                    throw new JsonException($"it has step {line.Step} where step {head.First + number - 2} is due");
                }

                inputs.Add((line.Step, codec.Decode(line)));
            }

            var end = lines.Length < 2 ? null : JsonSerializer.Deserialize(lines[^1], EvidenceJson.Default.EvidenceEnd);
            return (head, inputs, end?.Error ?? throw new JsonException("the last line, which says how the lane broke, is missing"));
        }
        catch (Exception e) when (e is JsonException or WireException or NotSupportedException or FormatException or InvalidOperationException)
        {
            throw new EvidenceException(
                $"{file}, line {number}, cannot be read: {e.Message} It was cut short or changed, or another release wrote it: copy it again, or use the release that wrote it.");
        }
    }
}

/// <summary>What came of a replay.</summary>
/// <param name="Recorded">How the lane broke when the file was written.</param>
/// <param name="Steps">Inputs gone through.</param>
/// <param name="Skipped">Inputs left out: they answer what was asked before the file begins, or hold what has no wire form.</param>
/// <param name="Guessed">Entities taken to be new, for the file begins after they were loaded.</param>
/// <param name="First">Steps that the lane had made before the file begins; 0 when it is whole.</param>
/// <param name="BrokeAt">The step at which it breaks; null when it does not.</param>
/// <param name="Error">How it breaks.</param>
public sealed record EvidenceResult(string Recorded, int Steps, int Skipped, int Guessed, long First, long? BrokeAt, string? Error);

/// <summary>A file of evidence that cannot be gone through.</summary>
public sealed class EvidenceException(string message) : Exception(message);
