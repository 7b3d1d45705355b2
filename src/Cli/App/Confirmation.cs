namespace Gantry.Cli;

/// <summary>Asks before what disrupts and before what has no way back (operator-experience 2.5). A dry run asks nothing.</summary>
internal static class Confirmation
{
    private const string Nothing = "not confirmed, nothing was done";

    public static void Ask(Session session, string question, IReadOnlyList<string> effects, bool isYes)
    {
        if (session.IsDryRun || !IsNeeded(session, question, effects, isYes, "--yes"))
        {
            return;
        }

        Require(session, $"{question} in context {session.Context.Name}? [y/N] ", "y");
        AskContext(session);
    }

    public static void AskName(Session session, string question, string name, IReadOnlyList<string> effects, string? given)
    {
        if (session.IsDryRun)
        {
            return;
        }

        if (given is not null && !string.Equals(given, name, StringComparison.Ordinal))
        {
            throw new CliException(ExitCodes.Usage, $"--confirm says \"{given}\", but {question} is about \"{name}\"") { Why = ["nothing was done"] };
        }

        if (IsNeeded(session, question, effects, given is not null, $"--confirm {name}"))
        {
            Require(session, $"{question} in context {session.Context.Name}; there is no way back. Type {name} to go on: ", name);
            AskContext(session);
        }
    }

    private static bool IsNeeded(Session session, string question, IReadOnlyList<string> effects, bool isGiven, string flag)
    {
        foreach (var effect in effects)
        {
            session.Note($"  {effect}");
        }

        if (isGiven && session.Context.IsProtected && session.NamedContext is null && !session.Host.IsTerminal)
        {
            throw new CliException(ExitCodes.Usage, $"context {session.Context.Name} is protected: {question} needs its name")
            {
                Why = ["nothing was done"], Next = $"add --context {session.Context.Name}",
            };
        }

        if (isGiven)
        {
            AskContext(session);
            return false;
        }

        return session.Host.IsTerminal
            ? true
            : throw new CliException(ExitCodes.Usage, $"{question} needs a yes") { Why = ["nothing was done"], Next = $"add {flag}" };
    }

    private static void AskContext(Session session)
    {
        if (session.Context.IsProtected && session.Host.IsTerminal)
        {
            Require(session, $"context {session.Context.Name} is protected; type its name to go on: ", session.Context.Name);
        }
    }

    private static void Require(Session session, string prompt, string answer)
    {
        session.Host.Error.Write(prompt);
        if (!string.Equals(session.Host.In.ReadLine()?.Trim(), answer, StringComparison.OrdinalIgnoreCase))
        {
            throw new CliException(ExitCodes.Usage, Nothing);
        }
    }
}
