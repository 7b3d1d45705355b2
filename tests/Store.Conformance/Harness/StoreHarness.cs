using Gantry.Actors.Storage;

namespace Gantry.Store.Conformance;

/// <summary>
/// One kind of store under test. A new store (PostgreSQL) plugs in by one of these and one line per suite in <c>Stores/</c>.
/// </summary>
public abstract class StoreHarness : IAsyncDisposable
{
    /// <summary>Whether the store outlives its object.</summary>
    public virtual bool IsDurable => true;

    /// <summary>Whether the store copies itself to a file.</summary>
    public virtual bool HasCopies => IsDurable;

    /// <summary>Whether <see cref="LoseNextAnswer"/> works.</summary>
    public virtual bool CanLoseAnswers => true;

    /// <summary>A store on the harness' own place, not open. A second call gives another object on the same place.</summary>
    public abstract IActorStore Make();

    /// <summary>The next commit's answer is lost: after it took effect, or before.</summary>
    public virtual void LoseNextAnswer(IActorStore store, bool isCommitted) => throw new NotSupportedException();

    /// <summary>Removes the place.</summary>
    public abstract ValueTask DisposeAsync();
}
