using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Instances;

/// <summary>
/// Finds a sled that takes the VMM: candidates from the view, one asked after the other until one accepts (vmm 4.4 steps 2 and 3, 4.9).
/// </summary>
internal sealed class ReserveActivity(SledAccess sleds, Asking asking, IRandomSource random, ILogger<ReserveActivity> log) : IActivity
{
    public const string ActivityName = "instance-reserve-sled";

    private const string ClaimTaken = "ClaimTaken";

    public string Name => ActivityName;

    public async ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct)
    {
        var wanted = (ReserveVmm)input;
        var all = await sleds.AllAsync(ct).ConfigureAwait(false);
        var tried = new HashSet<SledId>();
        Refusal? taken = null;
        foreach (var sled in Placement.Candidates(all, wanted, random))
        {
            tried.Add(sled.Id);
            var (reserved, why) = await AskAsync(sled, wanted, ct).ConfigureAwait(false);
            if (reserved is not null)
            {
                return reserved;
            }

            if (why is { Kind: RefusalKind.AlreadyExists or RefusalKind.Conflict })
            {
                taken = why;
                break;
            }
        }

        // The instance has a reservation: ours, if an earlier run of this activity got that far, or that of another start.
        return await FindOursAsync(all.Where(s => !tried.Contains(s.Id)), wanted, taken is not null, ct).ConfigureAwait(false)
            ?? new Reply.Refused(taken is null
                ? InstancesErrors.NoRoom(wanted.Cpus, wanted.MemoryBytes, all.Length)
                : Refusal.Conflict("InstanceHasVmm", $"instance {wanted.Instance} is being started already", "look at it again: it may be running"));
    }

    private async ValueTask<Reply?> FindOursAsync(IEnumerable<SledRow> others, ReserveVmm wanted, bool isTaken, CancellationToken ct)
    {
        foreach (var sled in others.Where(s => isTaken || s.ThreadsReserved > 0))
        {
            var (reserved, _) = await AskAsync(sled, wanted, ct).ConfigureAwait(false);
            if (reserved is not null)
            {
                return reserved;
            }
        }

        return null;
    }

    private async ValueTask<(Reply? Reserved, Refusal? Why)> AskAsync(SledRow sled, ReserveVmm wanted, CancellationToken ct)
    {
        var command = new ReserveSled(wanted.Vmm, wanted.Instance, wanted.Cpus, wanted.MemoryBytes, ReserveSled.Active);
        var asked = await asking.AskAsync(Addresses.Sled(sled.Id), command, Name, ct).ConfigureAwait(false);
        if (asked.Value is { } reserved)
        {
            var platform = CpuPlatforms.OfVmm(wanted.CpuPlatform, sled.CpuFamily);
            return (new Reply.Accepted(new VmmReserved(reserved.Sled, reserved.VmmAddress, platform)), null);
        }

        var why = asked.Why ?? throw Invariant.Unreachable("an answer has a value or a refusal");
        InstancesLog.ReservationRefused(log, sled.Serial, wanted.Vmm.ToString(), why.Code == ClaimTaken ? "the instance has one elsewhere" : why.Message);
        return (null, why);
    }
}
