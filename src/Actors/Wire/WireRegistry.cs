using System.Collections.Frozen;
using System.Text.Json;

namespace Gantry.Actors;

/// <summary>All wire forms of a running product, frozen and checked at start.</summary>
public sealed class WireRegistry
{
    private readonly FrozenDictionary<(string Tag, int Version), WireForm> _byTag;
    private readonly FrozenDictionary<Type, WireForm> _byType;

    /// <summary>Builds the registry.</summary>
    /// <exception cref="InvalidOperationException">Two types share a tag and version, a version is missing, or a superseded one has no upcaster.</exception>
    public WireRegistry(IEnumerable<WireSet> sets)
    {
        var forms = sets.SelectMany(s => s.Forms).ToList();
        foreach (var same in forms.GroupBy(f => (f.Tag, f.Version)).Where(g => g.Count() > 1))
        {
            throw new InvalidOperationException(
                $"wire tag {same.Key.Tag} version {same.Key.Version} is on {string.Join(" and ", same.Select(f => f.Type.Name))}");
        }

        foreach (var tag in forms.GroupBy(f => f.Tag))
        {
            CheckVersions(tag.Key, tag.OrderBy(f => f.Version).ToList());
        }

        _byTag = forms.ToFrozenDictionary(f => (f.Tag, f.Version));
        _byType = forms.ToFrozenDictionary(f => f.Type);
    }

    /// <summary>Writes a body.</summary>
    /// <exception cref="InvalidOperationException">The type has no wire form.</exception>
    public WireBody Encode(object value)
    {
        var form = FormOf(value.GetType());
        return new WireBody(form.Tag, form.Version, JsonSerializer.SerializeToUtf8Bytes(value, form.TypeInfo));
    }

    /// <summary>Reads a body and brings it to the newest version.</summary>
    /// <exception cref="WireException">Unknown tag or version, or a body that is not of that shape or that its own code rejects.</exception>
    public object Decode(string tag, int version, ReadOnlySpan<byte> body)
    {
        if (!_byTag.TryGetValue((tag, version), out var form))
        {
            throw new WireException($"unknown wire form {tag} version {version}");
        }

        // Constructors, converters and upcasters are code of areas, and what they throw at a stored body is up to them: whatever it is, this body
        // cannot be read and nothing else is wrong (engine 2.6).
        object value;
        try
        {
            value = JsonSerializer.Deserialize(body, form.TypeInfo) ?? throw new WireException($"{tag} version {version} is null");
            while (form.Upcast is { } upcast)
            {
                value = upcast.Apply(value);
                form = FormOf(upcast.To);
            }
        }
        catch (JsonException e)
        {
            throw new WireException($"{tag} version {version} cannot be read: {e.Message}");
        }
        catch (Exception e) when (e is not WireException)
        {
            throw new WireException($"{tag} version {version} cannot be read: {e.GetType().Name}: {e.Message}");
        }

        return value;
    }

    /// <summary>The form of a type.</summary>
    /// <exception cref="InvalidOperationException">The type has none.</exception>
    public WireForm FormOf(Type type) => _byType.TryGetValue(type, out var form)
        ? form
        : throw new InvalidOperationException($"{type.FullName} has no [Wire] tag in any registered set");

    private static void CheckVersions(string tag, List<WireForm> versions)
    {
        for (var i = 0; i < versions.Count; i++)
        {
            if (versions[i].Version != i + 1)
            {
                throw new InvalidOperationException($"wire tag {tag} lacks version {i + 1}");
            }

            var isNewest = i == versions.Count - 1;
            if (!isNewest && versions[i].Upcast?.To != versions[i + 1].Type)
            {
                throw new InvalidOperationException($"wire tag {tag} version {i + 1} has no upcaster to version {i + 2}");
            }
        }
    }
}

/// <summary>A body as it is stored: tag, version and UTF-8 JSON.</summary>
public readonly record struct WireBody(string Tag, int Version, byte[] Body);

/// <summary>A stored body that this release cannot read.</summary>
public sealed class WireException(string message) : Exception(message);
