using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gantry.Inventory;

/// <summary>Declares the configured racks and switches. A declaration that is refused is logged and leaves what was there.</summary>
internal sealed class RackBootstrap(
    IEntities entities, IOptions<InventoryOptions> options, IRandomSource random, TimeProvider time, ILogger<RackBootstrap> log) : IBootstrap
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private const int AttemptsMax = 20;

    public string Name => "racks";

    public async ValueTask RunAsync(CancellationToken ct)
    {
        foreach (var rack in options.Value.Racks)
        {
            var id = RackId.From(rack.Id);
            await DeclareAsync(Addresses.Rack(id), new DeclareRack(rack.Subnet), ct).ConfigureAwait(false);
            foreach (var sw in rack.Switches)
            {
                await DeclareAsync(Addresses.Switch(id, sw.Slot), new DeclareSwitch(id, sw.Slot, sw.Address), ct).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask DeclareAsync(EntityAddress to, ICommand<Done> command, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var outcome = await entities.AskAsync(to, command, Options(), ct).ConfigureAwait(false);
            switch (outcome)
            {
                case Outcome<Done>.Accepted:
                    return;
                case Outcome<Done>.Refused refused:
                    InventoryLog.DeclarationRefused(log, to, refused.Why.Message, refused.Why.Remedy ?? "correct gantry.racks");
                    return;
                case var other when attempt == AttemptsMax:
                    throw new InvalidOperationException($"{to} could not be declared after {AttemptsMax} attempts: {other}");
                default:
                    await Task.Delay(TimeSpan.FromMilliseconds(250), time, ct).ConfigureAwait(false);
                    break;
            }
        }
    }

    private AskOptions Options() => new()
    {
        Key = CommandKey.Fresh(random),
        Deadline = Deadline,
        Caller = new Principal(PrincipalKind.Host, "bootstrap"),
    };
}
