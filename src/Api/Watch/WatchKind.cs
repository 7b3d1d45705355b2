using System.Runtime.CompilerServices;
using System.Text.Json;
using Gantry.Actors;

namespace Gantry.Api;

/// <summary>A kind of object that can be watched: how it is found from its entity and what the caller sees of it.</summary>
internal abstract class WatchKind(string name, string entityKind)
{
    /// <summary>The word in <c>kinds=</c>.</summary>
    public string Name { get; } = name;

    /// <summary>The engine's kind whose events change it.</summary>
    public string EntityKind { get; } = entityKind;

    /// <summary>Whether the caller may watch the kind at all; else 403 when named, left out when not.</summary>
    public abstract bool IsAllowed(Caller caller);

    /// <summary>Everything the caller sees.</summary>
    public abstract IAsyncEnumerable<WatchObject> ListAsync(IViews views, Caller caller, CancellationToken ct);

    /// <summary>The object of one entity; null when there is none or it is hidden.</summary>
    public abstract ValueTask<WatchObject?> ReadAsync(IViews views, EntityAddress entity, Caller caller, CancellationToken ct);
}

/// <summary>An object as its GET shows it.</summary>
internal sealed record WatchObject(string Key, long Generation, JsonElement Object);

/// <summary>A kind that is one view's rows.</summary>
internal sealed class WatchKind<TRow>(
    string name,
    string entityKind,
    ViewSchema<TRow> view,
    Func<Caller, bool> isAllowed,
    Func<Caller, TRow, bool> canSee,
    Func<TRow, long> generation,
    Func<TRow, JsonElement> show)
    : WatchKind(name, entityKind)
    where TRow : class
{
    public override bool IsAllowed(Caller caller) => isAllowed(caller);

    public override async IAsyncEnumerable<WatchObject> ListAsync(
        IViews views, Caller caller, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var item in views.AllAsync(new ViewQuery<TRow>(view), ct).ConfigureAwait(false))
        {
            if (canSee(caller, item.Row))
            {
                yield return Show(item);
            }
        }
    }

    public override async ValueTask<WatchObject?> ReadAsync(IViews views, EntityAddress entity, Caller caller, CancellationToken ct)
    {
        var query = new ViewQuery<TRow>(view).WhereEqual("entity", entity.ToString());
        return await views.FirstAsync(query, ct).ConfigureAwait(false) is { } item && canSee(caller, item.Row) ? Show(item) : null;
    }

    private WatchObject Show(ViewItem<TRow> item) => new(item.Entity.Key, generation(item.Row), show(item.Row));
}
