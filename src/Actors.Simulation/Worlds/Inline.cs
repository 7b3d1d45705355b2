using Gantry.Primitives;

namespace Gantry.Actors.Simulation;

/// <summary>Takes the result of calls that never wait: the memory store answers at once, and the simulator has one thread.</summary>
internal static class Inline
{
    public static T Done<T>(ValueTask<T> call)
    {
        Invariant.Check(call.IsCompleted, "the memory store answers at once");
        return call.GetAwaiter().GetResult();
    }

    public static void Done(ValueTask call)
    {
        Invariant.Check(call.IsCompleted, "the memory store answers at once");
        call.GetAwaiter().GetResult();
    }

    public static List<T> All<T>(IAsyncEnumerable<T> rows)
    {
        var all = new List<T>();
        var each = rows.GetAsyncEnumerator();
        while (Done(each.MoveNextAsync()))
        {
            all.Add(each.Current);
        }

        Done(each.DisposeAsync());
        return all;
    }
}
