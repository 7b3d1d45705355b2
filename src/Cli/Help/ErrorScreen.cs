using Gantry.Client;

namespace Gantry.Cli;

/// <summary>Writes errors in four parts: what, why, now, next.</summary>
internal static class ErrorScreen
{
    public static int Write(TextWriter writer, CliException error)
    {
        writer.WriteLine($"error: {error.Message}{(error.Code is null ? "" : $" ({error.Code})")}");
        foreach (var why in error.Why)
        {
            writer.WriteLine($"  {why}");
        }

        if (error.Next is not null)
        {
            writer.WriteLine($"  next: {error.Next}");
        }

        if (error.Code is not null || error.RequestId is not null)
        {
            var more = error.Code is null ? "" : $"more: gantry explain {error.Code}";
            var request = error.RequestId is null ? "" : $"request {Ids.Short(error.RequestId)}";
            writer.WriteLine($"  {string.Join("      ", new[] { more, request }.Where(p => p.Length > 0))}");
        }

        return error.ExitCode;
    }

    public static int Write(TextWriter writer, ApiProblem problem) => Write(writer, new CliException(ExitCodes.OfStatus(problem.Status), problem.Message)
    {
        Code = problem.Reason ?? problem.ErrorCode,
        Why = [.. (problem.Details ?? []).Select(d => $"{d.Object}: {d.Condition}{(d.Observed is null ? "" : $" (now {d.Observed})")}")],
        Next = problem.Remedy ?? NextOf(problem),
        RequestId = problem.RequestId,
    });

    public static int Write(TextWriter writer, GantryUnreachableException error) => Write(writer, new CliException(ExitCodes.Unreachable, error.Message)
    {
        Why = ["nothing was done"],
        Next = "start a node (dotnet run --project src/Node -c Release -- demo), or choose another context: gantry context list",
    });

    private static string? NextOf(ApiProblem problem) => problem.Status switch
    {
        404 => "look at the list command for what there is",
        500 => "report the request id",
        _ => null,
    };
}
