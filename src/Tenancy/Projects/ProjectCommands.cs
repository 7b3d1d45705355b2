using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Tenancy;

/// <summary>Commands of <c>project/&lt;id&gt;</c>.</summary>
public abstract record ProjectCommand
{
    internal sealed record Admit(AdmitInstance Wanted) : ProjectCommand;

    internal sealed record Dismiss(DismissInstance Wanted) : ProjectCommand;

    internal sealed record Charge(ChargeQuota Wanted) : ProjectCommand;

    internal sealed record Release(ReleaseQuota Wanted) : ProjectCommand;

    internal sealed record NoteHolding : ProjectCommand;

    internal sealed record SiloAnswered(Reply Answer) : ProjectCommand;
}

/// <summary>Makes a project; a repeat for the same id and name is fine.</summary>
/// <param name="Silo">Its silo.</param>
/// <param name="Name">Unique in the silo.</param>
/// <param name="Description">Free text.</param>
[Wire("project.create")]
public sealed record CreateProject(SiloId Silo, string Name, string Description) : ProjectCommand, ICommand<Done>;

/// <summary>Changes name or description; null leaves one as it is.</summary>
[Wire("project.update")]
public sealed record UpdateProject(string? Name, string? Description) : ProjectCommand, ICommand<Done>;

/// <summary>
/// Ends a project. Refused while it holds instances, and when something was made in it that the caller has not seen: VPCs and floating IPs are in views
/// of other areas, and the caller looks there first.
/// </summary>
[Wire("project.delete"), Destructive]
public sealed record DeleteProject : ProjectCommand, ICommand<Done>
{
    /// <summary><see cref="ProjectRow.HoldingCount"/> as read before the caller looked; null when it did not.</summary>
    public long? HoldingCount { get; init; }
}
