namespace Gantry.Cli;

/// <summary>Where and as whom to call.</summary>
/// <param name="Name">Its name; <c>environment</c> when made of variables.</param>
/// <param name="Address">Base address of the API.</param>
/// <param name="TokenReference">Where the token is: <c>env:NAME</c> or <c>file:PATH</c>. Never the token itself.</param>
internal sealed record ContextEntry(string Name, Uri Address, string? TokenReference)
{
    /// <summary>The token as it was found; null calls without.</summary>
    public string? Token { get; init; }

    /// <summary>Project used where a command needs one and names none.</summary>
    public string Project { get; init; } = "default";

    /// <summary>Base address of the admin listener; by default on the host of the API, two ports on, as nodes and the demo have it.</summary>
    public Uri AdminAddress
    {
        get => field ?? new UriBuilder(Address) { Port = Address.Port + 2 }.Uri;
        init;
    }

    /// <summary>Whatever disrupts asks for the context's name too.</summary>
    public bool IsProtected { get; init; }
}
