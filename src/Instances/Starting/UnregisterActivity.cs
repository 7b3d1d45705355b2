using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Devices;

namespace Gantry.Instances;

/// <summary>
/// Takes a registration back. Gone is success; anything uncertain is refused, so that the saga tries again and at last shows stuck: a VMM that
/// nobody knows of may not stay on a sled (vmm 4.4).
/// </summary>
internal sealed class UnregisterActivity(IViews views, SledAccess sleds, Asking asking) : IActivity
{
    public const string ActivityName = "instance-unregister-vmm";

    public string Name => ActivityName;

    public async ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct)
    {
        var task = (UnregisterVmm)input;
        var vmm = (await views.GetAsync(InstanceViews.Vmms, task.Vmm.ToString(), ct).ConfigureAwait(false))?.Row;
        var sled = await sleds.FindAsync(task.Sled, ct).ConfigureAwait(false);
        if (vmm is not { MayBeOnSled: true } || sled is null || sled.Policy == SledAccess.Expunged)
        {
            return new Reply.Accepted(Done.Instance);
        }

        var outcome = await sleds.PortOf(sled).UnregisterAsync(task.Vmm.Value, ct).ConfigureAwait(false);
        if (outcome is not DeviceOutcome<SledVmmUpdate>.Answered && !SledAnswer.IsGone(outcome))
        {
            return new Reply.Refused(SledAnswer.ForUser(outcome));
        }

        await asking.AskAsync(Addresses.Vmm(task.Vmm), new SledForgot(), Name, ct).ConfigureAwait(false);
        return new Reply.Accepted(Done.Instance);
    }
}
