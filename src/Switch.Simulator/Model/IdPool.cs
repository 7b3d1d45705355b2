using System.Collections.Immutable;

namespace Gantry.Switch.Simulator;

/// <summary>
/// Group ids: a stack of 100..65534 with 65534 on top (switch-dpd 3.2). What was never used is kept as a number instead of 65,435 nodes.
/// </summary>
public sealed record IdPool(int Fresh, ImmutableStack<int> Returned)
{
    private const int Lowest = 100;

    /// <summary>All free.</summary>
    public static readonly IdPool Full = new(65534, []);

    /// <summary>Takes the top; null when empty.</summary>
    public (int Id, IdPool After)? Pop()
    {
        if (!Returned.IsEmpty)
        {
            var rest = Returned.Pop(out var id);
            return (id, this with { Returned = rest });
        }

        return Fresh < Lowest ? null : (Fresh, this with { Fresh = Fresh - 1 });
    }

    /// <summary>Gives a pair back: external first, so that the next group gets them swapped (A3).</summary>
    public IdPool Push(int external, int underlay) => this with { Returned = Returned.Push(external).Push(underlay) };
}
