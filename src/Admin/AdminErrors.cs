using Gantry.Primitives;

namespace Gantry.Admin;

/// <summary>Codes of refusals of the admin listener.</summary>
internal static class AdminErrors
{
    public const string ArgumentInvalid = "ArgumentInvalid";

    public const string ConfirmationNeeded = "ConfirmationNeeded";

    public const string NoSuchCommand = "NoSuchCommand";

    public const string BodyUnreadable = "BodyUnreadable";

    public static readonly Refusal NoCredentials = new(
        RefusalKind.Unauthorized, "NoCredentials", "credentials missing or invalid",
        "send the header \"Authorization: Bearer <token>\"; with the CLI, set GANTRY_TOKEN or a context");

    public static Refusal RoleTooLow(string? role) => new(
        RefusalKind.Forbidden, "RoleTooLow", $"the admin listener needs fleet admin; your role on the fleet is {role ?? "none"}",
        "ask a fleet admin for the role, or use a token that has it");

    public static Refusal StoreUnavailable(string what) => new(RefusalKind.Unavailable, "StoreUnavailable", what, "try again; gantry cluster show answers without the store");

    public static Refusal NodeMustStop(string what, string line) => new(
        RefusalKind.Conflict, "NodeMustStop", $"{what} works on the files of a stopped node, and this one runs; nothing was done",
        $"look with dry_run, stop the node, then on its machine: dotnet run --project src/Node -- {line}");

    public static Refusal Unconfirmed(PaletteCommand command) => new(
        RefusalKind.GenerationRequired, ConfirmationNeeded, $"{command.Noun} {command.Verb} {(command.Grade is PaletteGrade.Irreversible ? "has no way back" : "disrupts")} and was not confirmed; nothing was done",
        command.Grade is PaletteGrade.Irreversible
            ? $"look with dry_run first, then send confirm with the value of {command.Target}"
            : "look with dry_run first, then send confirm \"yes\"");
}
