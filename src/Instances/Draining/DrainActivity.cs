using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>
/// One pass over a sled that is being drained: begins what migrations it can. Accepted when the sled is empty; refused with what is left and
/// why, so that the saga comes again.
/// </summary>
internal sealed class DrainActivity(
    IViews views, SledAccess sleds, AffinityReader affinity, Lazy<InstanceService> service, IRandomSource random) : IActivity
{
    public const string ActivityName = "sled-drain-pass";

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);

    public string Name => ActivityName;

    public async ValueTask<Reply> RunAsync(string token, object input, CancellationToken ct)
    {
        var id = ((DrainPass)input).Sled;
        if (await sleds.FindAsync(id, ct).ConfigureAwait(false) is not { } sled || sled.Policy == SledAccess.Expunged)
        {
            return new Reply.Accepted(Done.Instance);
        }

        if (sled.IsProvisionable)
        {
            return new Reply.Refused(Refusal.Conflict("DrainTakenBack", $"sled {sled.Serial} takes VMMs again: the drain was taken back"));
        }

        var left = await views.ListAsync(
            new ViewQuery<InstanceRow>(InstanceViews.Instances).WhereEqual("sled", id.ToString()), ct).ConfigureAwait(false);
        var why = new List<string>();
        foreach (var instance in left)
        {
            why.Add($"{instance.Row.Name}: {await TryAsync(instance.Row, sled, ct).ConfigureAwait(false)}");
        }

        if (why.Count == 0 && sled.ThreadsReserved > 0)
        {
            why.AddRange(await HoldersAsync(sled, ct).ConfigureAwait(false));
        }

        return why.Count == 0
            ? new Reply.Accepted(Done.Instance)
            : new Reply.Refused(new Refusal(
                RefusalKind.Unavailable, "SledNotEmpty", $"sled {sled.Serial} is not empty yet: {string.Join("; ", why.Take(8))}"));
    }

    // Nobody's active VMM and yet there: on its way in, on its way out, or the source of a migration that does not end.
    private async ValueTask<ImmutableArray<string>> HoldersAsync(SledRow sled, CancellationToken ct)
    {
        var vmms = await views.ListAsync(new ViewQuery<VmmRow>(InstanceViews.Vmms).WhereEqual("sled", sled.Id.ToString()), ct).ConfigureAwait(false);
        var holders = ImmutableArray.CreateBuilder<string>();
        foreach (var vmm in vmms.Select(v => v.Row).Take(8))
        {
            var instance = (await views.GetAsync(InstanceViews.Instances, vmm.Instance.ToString(), ct).ConfigureAwait(false))?.Row;
            holders.Add($"{instance?.Name ?? vmm.Instance.ToString()}: VMM {vmm.Id} ({vmm.State}) holds room there");
        }

        return holders.Count > 0 ? holders.ToImmutable() : [$"{sled.ThreadsReserved} threads are reserved by a start or migration under way"];
    }

    private async ValueTask<string> TryAsync(InstanceRow instance, SledRow from, CancellationToken ct)
    {
        if (instance.RunState != RunStates.Running)
        {
            return instance.RunState == RunStates.Migrating ? "is on its way" : $"is {instance.RunState}; stop it, or wait until it runs";
        }

        if ((await views.GetAsync(InstanceViews.Vmms, instance.ActiveVmm.ToString() ?? "", ct).ConfigureAwait(false))?.Row is not { } vmm)
        {
            return "is on its way";
        }

        var wanted = new ReserveVmm(default, instance.Id, instance.Cpus, instance.MemoryBytes, instance.CpuPlatform) { VmmPlatform = vmm.CpuPlatform };
        var others = (await sleds.AllAsync(ct).ConfigureAwait(false)).RemoveAll(s => s.Id == from.Id);
        var inputs = await affinity.ReadAsync(instance.Id, ct).ConfigureAwait(false);
        if (Placement.Choose(others, wanted, inputs, new HashSet<SledId>(), random) is not { Sled: { } to })
        {
            return Placement.WhyNowhere(others, vmm.CpuPlatform);
        }

        var how = new AskOptions
        {
            Key = CommandKey.Fresh(random), Deadline = s_deadline, Caller = Principal.Reconciler(Name),
        };
        var outcome = await service.Value.MigrateAsync(
            instance, to.Id, VmmId.From(random.NewGuid()), MigrationId.From(random.NewGuid()), how, ct).ConfigureAwait(false);
        return outcome is Outcome<Done>.Refused refused ? refused.Why.Message : $"migrates to {to.Serial}";
    }
}
