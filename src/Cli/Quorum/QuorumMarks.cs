using Gantry.Client;

namespace Gantry.Cli;

/// <summary>How each sled stands in the newest configuration of its rack's quorum.</summary>
internal sealed class QuorumMarks(Session session)
{
    private readonly Dictionary<string, string> _states = new(StringComparer.OrdinalIgnoreCase);

    public async Task ReadAsync(CancellationToken ct)
    {
        if (!session.IsForPeople)
        {
            return;
        }

        foreach (var rack in await session.ListAllAsync(RackCommands.Path, ct).ConfigureAwait(false))
        {
            try
            {
                var progress = (await session.Client.GetAsync($"{RackCommands.Path}/{rack.Text("id")}/membership/progress", ct).ConfigureAwait(false)).Body;
                foreach (var member in progress.Items("members"))
                {
                    _states[member.Text("serial_number")] = member.Text("state");
                }
            }
            catch (GantryException e) when (e.Problem.Status is 403 or 404)
            {
                // A rack without a quorum, or a caller who may not know of it.
            }
        }
    }

    /// <summary>The state of a member's share; <c>-</c> for a sled that is no member.</summary>
    public string Of(string serial) => _states.GetValueOrDefault(serial, JsonText.None);
}
