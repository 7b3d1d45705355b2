using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Gantry.Actors.Simulation;

/// <summary>Pushes what a machine should be to its device, reads it back and reports.</summary>
internal sealed class MachineReconciler(ReconcilerOptions options, IMachinePorts ports) : IReconciler
{
    public string Name => MachineDecider.Reconciler;

    public ReconcilerOptions Options => options;

    public async IAsyncEnumerable<string> ListAsync(ShardSet shards, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var (key, _) in await ports.ReadAllAsync().ConfigureAwait(false))
        {
            if (shards.Contains(new EntityAddress("machine", key)))
            {
                yield return key;
            }
        }
    }

    public async ValueTask<Reconciled> ReconcileAsync(string key, ReconcileTurn turn, CancellationToken ct)
    {
        if (await ports.ReadAsync(key).ConfigureAwait(false) is not { } row)
        {
            return Reconciled.Done;
        }

        var actual = await ports.ReadDeviceAsync(key).ConfigureAwait(false);
        if (actual.Generation < row.Generation && !await ports.PushAsync(key, row.Generation, row.Value).ConfigureAwait(false))
        {
            return Reconciled.Retry("the device refused the generation");
        }

        if (row.Applied < row.Generation && !await ports.ReportAsync(key, row.Generation).ConfigureAwait(false))
        {
            return Reconciled.Retry("the report was not taken");
        }

        return Reconciled.Done;
    }
}

/// <summary>All that a turn of <see cref="MachineReconciler"/> may await.</summary>
internal interface IMachinePorts
{
    Task<ImmutableSortedDictionary<string, MachineRow>> ReadAllAsync();

    Task<MachineRow?> ReadAsync(string key);

    Task<DeviceSetting> ReadDeviceAsync(string key);

    Task<bool> PushAsync(string key, long generation, long value);

    Task<bool> ReportAsync(string key, long generation);
}

/// <summary>What a device is set to.</summary>
internal readonly record struct DeviceSetting(long Generation, long Value);
