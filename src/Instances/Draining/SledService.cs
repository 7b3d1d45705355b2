using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;

namespace Gantry.Instances;

/// <summary>What the gateway calls to empty a sled and to take it back into use. Thread-safe.</summary>
public sealed class SledService(IEntities entities, ISagas sagas)
{
    private static readonly TimeSpan s_begin = TimeSpan.FromSeconds(2);

    /// <summary>Begins to empty the sled; accepted as soon as it takes no new VMMs. The work goes on under the key.</summary>
    public async ValueTask<Outcome<Done>> DrainAsync(SledId sled, Guid key, AskOptions how, CancellationToken ct)
    {
        var closed = await entities.AskAsync(Addresses.Sled(sled), new SetDraining(true), how, ct).ConfigureAwait(false);
        if (closed is not Outcome<Done>.Accepted)
        {
            return closed;
        }

        var asked = how with { ExpectedGeneration = null, Deadline = s_begin, Key = new CommandKey($"{how.Key.Value}:drain") };
        return await sagas.RunAsync<DrainSaga, DrainData>(key.ToString(), new DrainData(sled), asked, ct).ConfigureAwait(false) switch
        {
            SagaEnd<DrainData>.Unwound unwound => new Outcome<Done>.Refused(unwound.Why),
            SagaEnd<DrainData>.NotStarted not => not.Why,
            _ => closed,
        };
    }

    /// <summary>The sled takes new VMMs again; a drain under way ends.</summary>
    public ValueTask<Outcome<Done>> UndrainAsync(SledId sled, AskOptions how, CancellationToken ct) =>
        entities.AskAsync(Addresses.Sled(sled), new SetDraining(false), how, ct);
}
