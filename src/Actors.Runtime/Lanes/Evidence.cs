using System.Globalization;
using System.Text.Json;
using Gantry.Actors.Kernel;

namespace Gantry.Actors.Runtime;

/// <summary>
/// The last inputs of a lane (engine 10.2): kept as they came, written out as lines of JSON when the lane breaks, so that the very steps can be
/// gone through again. One thread writes it.
/// </summary>
internal sealed class Evidence(LaneHost host, int lane)
{
    /// <summary>Inputs kept.</summary>
    public const int InputsMax = 256;

    private readonly LaneInput[] _inputs = new LaneInput[InputsMax];
    private long _steps;

    public void Add(in LaneInput input) => _inputs[_steps++ % InputsMax] = input;

    /// <summary>Writes them to the log and, where a folder is set, to a file whose name is logged.</summary>
    public void Write(Exception error)
    {
        var lines = Lines().ToList();
        var file = TryWriteFile(lines, error);
        RuntimeLog.LaneBroke(host.Log, error, lane, host.Me.ToString(), file ?? string.Join('\n', lines));
    }

    private string? TryWriteFile(List<string> lines, Exception error)
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
            File.WriteAllLines(file, lines.Append(JsonSerializer.Serialize(error.ToString(), RuntimeJson.Default.String)));
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private IEnumerable<string> Lines()
    {
        for (var i = Math.Max(0, _steps - InputsMax); i < _steps; i++)
        {
            var input = _inputs[i % InputsMax];
            yield return JsonSerializer.Serialize(
                new EvidenceLine(i, input.Now, input.What.GetType().Name, Describe(input.What)), RuntimeJson.Default.EvidenceLine);
        }
    }

    private string Describe(LaneEvent what) => what switch
    {
        LaneEvent.Arrive ask => $"{ask.To} key={ask.Key} by={ask.Caller} {Text(ask.Command)}",
        LaneEvent.Loaded loaded => string.Join(' ', loaded.Entities.Select(e => $"{e.Stamp.Entity}@{e.Revision}{(e.Broken is null ? "" : "!")}")),
        LaneEvent.MailFound found => $"scan={found.Scan} full={found.IsFull} "
            + string.Join(' ', found.Mail.Select(m => $"{m.Id}>{m.To}")),
        LaneEvent.Ring ring => $"{ring.Bell.Source}>{ring.Bell.Target} prev={ring.Bell.Previous} last={ring.Bell.Last} "
            + string.Join(' ', ring.Bell.Mail.Select(m => $"{m.Id}>{m.To} {Text(m.Command)}")),
        LaneEvent.ActivityDone done => $"{done.Mail} {done.Reply}",
        _ => what.ToString() ?? "",
    };

    // Secrets have no wire form and print as stars; what has one is written as it would be stored.
    private string Text(object command)
    {
        try
        {
            var body = host.Model.Wire.Encode(command);
            return $"{body.Tag} {System.Text.Encoding.UTF8.GetString(body.Body)}";
        }
        catch (Exception e) when (e is InvalidOperationException or JsonException or NotSupportedException)
        {
            return command.GetType().Name;
        }
    }
}

/// <summary>One input of a lane in a file of evidence.</summary>
internal sealed record EvidenceLine(long Step, DateTimeOffset Now, string Input, string What);
