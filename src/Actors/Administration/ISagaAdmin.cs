using System.Collections.Immutable;

namespace Gantry.Actors;

/// <summary>Looks at sagas and pushes those that wait (engine 8.2, 10.4). Thread-safe.</summary>
public interface ISagaAdmin
{
    /// <summary>Sagas of a state (<c>running</c>, <c>unwinding</c>, <c>stuck</c>, <c>done</c>, <c>unwound</c>) and name; null for all. At most 1,000.</summary>
    ValueTask<ImmutableArray<SagaRow>> ListAsync(string? state, string? name, int max, CancellationToken ct);

    /// <summary>One saga, or null.</summary>
    ValueTask<SagaRow?> ShowAsync(EntityAddress saga, CancellationToken ct);

    /// <summary>Names of its steps in order, for drawing; empty when no area has it.</summary>
    ImmutableArray<string> Steps(string name);

    /// <summary>Tries the waiting step or undo now.</summary>
    ValueTask<AdminAnswer> RetryAsync(EntityAddress saga, AdminOrder order, CancellationToken ct);

    /// <summary>Takes the undo that does not succeed for done. Only of a stuck saga.</summary>
    ValueTask<AdminAnswer> SkipAsync(EntityAddress saga, AdminOrder order, CancellationToken ct);
}
