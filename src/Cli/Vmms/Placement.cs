using Gantry.Client;

namespace Gantry.Cli;

/// <summary>Which sled runs which instance, from the VMMs that there are; empty for who may not see them.</summary>
internal sealed class Placement(Session session)
{
    private ILookup<string, string>? _sledsByInstance;
    private ILookup<string, string>? _instancesBySled;

    public async Task ReadAsync(CancellationToken ct)
    {
        if (!session.IsForPeople)
        {
            return;
        }

        try
        {
            var vmms = await session.ListAllAsync(VmmCommands.Path, ct).ConfigureAwait(false);
            _sledsByInstance = vmms.ToLookup(v => v.Text("instance_id"), v => v.Text("sled_id"), StringComparer.Ordinal);
            _instancesBySled = vmms.ToLookup(v => v.Text("sled_id"), v => v.Text("instance_id"), StringComparer.Ordinal);
        }
        catch (GantryException e) when (e.Problem.Status == 403)
        {
            // Where things run is for who sees the hardware.
        }
    }

    /// <summary>The sled by its serial; both of them while it moves.</summary>
    public string SledOf(string instanceId) =>
        _sledsByInstance?[instanceId].ToList() is { Count: > 0 } sleds ? string.Join(',', sleds.Select(s => session.Names.Say(s))) : JsonText.None;

    /// <summary>How many instances run on a sled.</summary>
    public string CountOn(string sledId) => _instancesBySled is null
        ? JsonText.None
        : _instancesBySled[sledId].Distinct(StringComparer.Ordinal).Count().ToString(System.Globalization.CultureInfo.InvariantCulture);
}
