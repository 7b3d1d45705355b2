using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;

namespace Gantry.Instances;

/// <summary>
/// Finds a sled that takes the VMM: candidates from the view, one asked after the other until one accepts (vmm 4.4 steps 2 and 3, 4.9).
/// </summary>
internal sealed class ReserveActivity(
    IViews views, SledAccess sleds, AffinityReader affinity, Asking asking, IRandomSource random, TimeProvider time, ILogger<ReserveActivity> log)
    : IActivity
{
    public const string ActivityName = "instance-reserve-sled";

    private const string ClaimTaken = "ClaimTaken";

    // Lost races with other members of an affinity group; each round sees the winner's reservation sooner or later.
    private const int RoundsMax = 8;

    // An instance shows stopped or failed a moment before its last VMM has given its room back, and a start can succeed from there on (vmm 1.8).
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    public string Name => ActivityName;

    public async ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct)
    {
        var wanted = (ReserveVmm)input;
        if (wanted is { Only: not null, VmmPlatform: CpuPlatforms.SledDefault })
        {
            return new Reply.Refused(InstancesErrors.PlatformNotMigratable(CpuPlatforms.SledDefault));
        }

        var tried = new HashSet<SledId>();
        var began = time.GetTimestamp();
        for (var round = 1; ; round++)
        {
            var all = await sleds.AllAsync(ct).ConfigureAwait(false);
            var inputs = await affinity.ReadAsync(wanted.Instance, ct).ConfigureAwait(false);
            var choice = Placement.Choose(all, wanted, inputs, tried, random);
            if (choice.Sled is not { } sled)
            {
                // An earlier run of this activity may have got its reservation, which now stands in its own way.
                return await FindOursAsync(all, wanted, isTaken: false, ct).ConfigureAwait(false)
                    ?? new Reply.Refused(choice.Why ?? throw Invariant.Unreachable("no sled means a reason"));
            }

            var (reserved, why) = await AskAsync(sled, wanted, inputs, ct).ConfigureAwait(false);
            if (reserved is not null)
            {
                return reserved;
            }

            var isGroupTaken = why is { Code: ClaimTaken } && !inputs.Together.IsEmpty && round < RoundsMax;
            if (!isGroupTaken && why is { Kind: RefusalKind.AlreadyExists or RefusalKind.Conflict })
            {
                // The instance has a reservation: ours, that of a VMM that is on its way out, or that of another start.
                if (await FindOursAsync(all, wanted, isTaken: true, ct).ConfigureAwait(false) is { } ours)
                {
                    return ours;
                }

                if (time.GetElapsedTime(began) >= s_patience || !await IsBetweenVmmsAsync(wanted, ct).ConfigureAwait(false))
                {
                    return new Reply.Refused(Refusal.Conflict(
                        "InstanceHasVmm", $"instance {wanted.Instance} is being started already", "look at it again: it may be running"));
                }

                await Task.Delay(s_look, time, ct).ConfigureAwait(false);
                continue;
            }

            if (!isGroupTaken)
            {
                tried.Add(sled.Id);
            }
        }
    }

    private async ValueTask<bool> IsBetweenVmmsAsync(ReserveVmm wanted, CancellationToken ct) =>
        wanted.Only is null
        && (await views.GetAsync(InstanceViews.Instances, wanted.Instance.ToString(), ct).ConfigureAwait(false))?.Row
            is { RunState: RunStates.Stopped or RunStates.Failed };

    private async ValueTask<Reply?> FindOursAsync(IEnumerable<SledRow> others, ReserveVmm wanted, bool isTaken, CancellationToken ct)
    {
        foreach (var sled in others.Where(s => isTaken || s.ThreadsReserved > 0))
        {
            var (reserved, _) = await AskAsync(sled, wanted, AffinityInputs.None, ct, isLookup: true).ConfigureAwait(false);
            if (reserved is not null)
            {
                return reserved;
            }
        }

        return null;
    }

    private async ValueTask<(Reply? Reserved, Refusal? Why)> AskAsync(
        SledRow sled, ReserveVmm wanted, AffinityInputs inputs, CancellationToken ct, bool isLookup = false)
    {
        var kind = wanted.Only is null ? ReserveSled.Active : ReserveSled.Target;
        var command = new ReserveSled(wanted.Vmm, wanted.Instance, wanted.Cpus, wanted.MemoryBytes, kind)
        {
            // A migrating member's own sled still holds the group's claim: only other members bind the target.
            Together = wanted.Only is null ? inputs.Together : [],
            Apart = inputs.Apart,
            IsLookup = isLookup,
        };
        var asked = await asking.AskAsync(Addresses.Sled(sled.Id), command, Name, ct).ConfigureAwait(false);
        if (asked.Value is { } reserved)
        {
            var platform = wanted.VmmPlatform ?? CpuPlatforms.OfVmm(wanted.CpuPlatform, sled.CpuFamily);
            return (new Reply.Accepted(new VmmReserved(reserved.Sled, reserved.VmmAddress, platform)), null);
        }

        var why = asked.Why ?? throw Invariant.Unreachable("an answer has a value or a refusal");
        if (!isLookup)
        {
            InstancesLog.ReservationRefused(log, sled.Serial, wanted.Vmm.ToString(), why.Code == ClaimTaken ? "the instance, or its affinity group, has one elsewhere" : why.Message);
        }

        return (null, why);
    }
}
