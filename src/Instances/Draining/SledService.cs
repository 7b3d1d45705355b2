using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>What the gateway calls to empty a sled and to take it back into use. Thread-safe.</summary>
public sealed class SledService(IEntities entities, ISagas sagas)
{
    private static readonly TimeSpan s_begin = TimeSpan.FromSeconds(2);

    /// <summary>Begins to empty the sled; accepted as soon as it takes no new VMMs. The work goes on under the key.</summary>
    public ValueTask<Outcome<Done>> DrainAsync(SledId sled, Guid key, AskOptions how, CancellationToken ct) =>
        BeginAsync<DrainSaga, DrainData>(sled, key, new DrainData(sled), how, ct);

    /// <summary>Begins to take the sled out of the rack: emptied, out of the quorum, expunged. The work goes on under the key.</summary>
    public ValueTask<Outcome<Done>> RemoveAsync(SledRow sled, Guid key, AskOptions how, CancellationToken ct) =>
        BeginAsync<RemoveSaga, RemoveData>(sled.Id, key, new RemoveData(sled.Id, sled.Rack, new BaseboardId(sled.Part, sled.Serial)), how, ct);

    /// <summary>The sled takes new VMMs again; a drain under way ends.</summary>
    public ValueTask<Outcome<Done>> UndrainAsync(SledId sled, AskOptions how, CancellationToken ct) =>
        entities.AskAsync(Addresses.Sled(sled), new SetDraining(false), how, ct);

    // The caller's generation is checked by the first step, which is asked here and is no more than "already so" to the saga.
    private async ValueTask<Outcome<Done>> BeginAsync<TSaga, TData>(SledId sled, Guid key, TData data, AskOptions how, CancellationToken ct)
        where TSaga : ISaga<TData>
        where TData : class
    {
        var closed = await entities.AskAsync(Addresses.Sled(sled), new SetDraining(true), how, ct).ConfigureAwait(false);
        if (closed is not Outcome<Done>.Accepted)
        {
            return closed;
        }

        var asked = how with { ExpectedGeneration = null, Deadline = s_begin, Key = new CommandKey($"{how.Key.Value}:work") };
        return await sagas.RunAsync<TSaga, TData>(key.ToString(), data, asked, ct).ConfigureAwait(false) switch
        {
            SagaEnd<TData>.Unwound unwound => new Outcome<Done>.Refused(unwound.Why),
            SagaEnd<TData>.NotStarted not => not.Why,
            _ => closed,
        };
    }
}
