using Gantry.Actors;
using Gantry.Actors.Storage;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Admin;

/// <summary>Who runs a command.</summary>
internal sealed record PaletteCaller(string UserId, string Name, string? FleetRole, string Address, string Request);

/// <summary>
/// Runs a command: arguments, confirmation, audit, act, audit. What changes something is written to the trail before it is done, so that no
/// crash hides it; what only looks goes to the log.
/// </summary>
internal sealed class PaletteRunner(AuditTrail audit, TimeProvider time, ILogger<PaletteRunner> log)
{
    public async ValueTask<PaletteAnswer> RunAsync(PaletteCommand command, RunBody body, PaletteCaller caller, CancellationToken ct)
    {
        var name = $"{command.Noun} {command.Verb}";
        if (PaletteArguments.Check(command, body.Arguments ?? [], out var values) is { } wrong)
        {
            return Told(name, "", caller, new PaletteAnswer { Why = wrong });
        }

        var said = string.Join(' ', values.Select(v => $"{v.Key}={v.Value}"));
        if (!body.DryRun && !IsConfirmed(command, values, body.Confirm))
        {
            return Told(name, said, caller, new PaletteAnswer { Why = AdminErrors.Unconfirmed(command) });
        }

        var principal = new Principal(PrincipalKind.User, caller.UserId, caller.FleetRole);
        var call = new PaletteCall(values, new AdminOrder(principal, body.DryRun));
        if (command.Grade is PaletteGrade.Read || body.DryRun)
        {
            return Told(name, said + (body.DryRun ? " (dry run)" : ""), caller, await GuardedAsync(command, call, caller, ct).ConfigureAwait(false));
        }

        var line = new AuditLine
        {
            Request = caller.Request, At = time.GetUtcNow(), Caller = caller.Name, Address = caller.Address, Command = name, Arguments = said, Outcome = "asked",
        };
        if (await audit.WriteAsync(line, principal, ct).ConfigureAwait(false) is { } unavailable)
        {
            return Told(name, said, caller, new PaletteAnswer { Why = unavailable });
        }

        // Who hangs up meanwhile gets no answer, and how far it came is not known; the trail is written all the same.
        var outcome = "unknown: the caller hung up";
        try
        {
            var answer = await GuardedAsync(command, call, caller, ct).ConfigureAwait(false);
            outcome = OutcomeOf(answer);
            return Told(name, said, caller, answer);
        }
        finally
        {
            await audit.WriteAsync(line with { Outcome = outcome }, principal, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static bool IsConfirmed(PaletteCommand command, Dictionary<string, string> values, string? confirm) => command.Grade switch
    {
        PaletteGrade.Disruptive => confirm == "yes",
        PaletteGrade.Irreversible => confirm is not null && confirm == values.GetValueOrDefault(command.Target ?? ""),
        _ => true,
    };

    private static string OutcomeOf(PaletteAnswer answer) => answer.Why is { } why
        ? why.Kind is RefusalKind.Bug ? "failed" : $"refused: {why.Code}"
        : "done";

    // A command that throws is answered as a bug with its request id: one of them must not end the listener, and the log has the rest.
    private async ValueTask<PaletteAnswer> GuardedAsync(PaletteCommand command, PaletteCall call, PaletteCaller caller, CancellationToken ct)
    {
        try
        {
            return await command.RunAsync(call, ct).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreUnavailableException or StoreConnectionException)
        {
            return new PaletteAnswer { Why = AdminErrors.StoreUnavailable(e.Message) };
        }
        catch (WireException e)
        {
            return new PaletteAnswer { Why = Refusal.Conflict("JournalUnreadable", e.Message, "gantry journal verify lists every row that cannot be read") };
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            AdminLog.Threw(log, e, $"{command.Noun} {command.Verb}", caller.Request);
            return new PaletteAnswer { Why = new Refusal(RefusalKind.Bug, "InternalError", $"{command.Noun} {command.Verb} failed: {e.Message}", "report the request id") };
        }
    }

    private PaletteAnswer Told(string name, string said, PaletteCaller caller, PaletteAnswer answer)
    {
        AdminLog.Ran(log, name, said, caller.Name, caller.Address, caller.Request, OutcomeOf(answer));
        return answer;
    }
}
