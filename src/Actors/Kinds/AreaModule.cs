using System.Collections.Immutable;

namespace Gantry.Actors;

/// <summary>What an area brings to the engine. Areas register one in the service collection.</summary>
public sealed record AreaModule
{
    /// <summary>The area's name, for messages.</summary>
    public required string Name { get; init; }

    /// <summary>Its kinds of entities.</summary>
    public ImmutableArray<EntityKind> Kinds { get; init; } = [];

    /// <summary>Its views (shared ones of <c>Contracts</c> that it writes included).</summary>
    public ImmutableArray<ViewSchema> Views { get; init; } = [];

    /// <summary>Its wire forms.</summary>
    public ImmutableArray<WireSet> Wire { get; init; } = [];
}

/// <summary>All modules together, checked: what store, kernel and runtime are built from.</summary>
public sealed class EngineModel
{
    private readonly Dictionary<string, EntityKind> _kinds = [];

    /// <summary>Builds the model.</summary>
    /// <exception cref="InvalidOperationException">Two kinds or two views share a name, or a wire form is wrong.</exception>
    public EngineModel(IEnumerable<AreaModule> modules)
    {
        var all = modules.ToList();
        foreach (var kind in all.SelectMany(m => m.Kinds))
        {
            if (!_kinds.TryAdd(kind.Name, kind))
            {
                throw new InvalidOperationException($"two kinds are named {kind.Name}");
            }
        }

        Wire = new WireRegistry(all.SelectMany(m => m.Wire).Append(EngineWire.Set).Distinct());
        foreach (var kind in _kinds.Values)
        {
            Wire.FormOf(kind.StateType);
        }

        Views = [.. all.SelectMany(m => m.Views).Append(SagaViews.Sagas).Distinct()];
        if (Views.GroupBy(v => v.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new InvalidOperationException($"two views are named {twice.Key}");
        }
    }

    /// <summary>Kinds by name.</summary>
    public IReadOnlyDictionary<string, EntityKind> Kinds => _kinds;

    /// <summary>All views.</summary>
    public ImmutableArray<ViewSchema> Views { get; }

    /// <summary>All wire forms.</summary>
    public WireRegistry Wire { get; }
}
