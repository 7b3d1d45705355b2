namespace Gantry.Hocon;

/// <summary>
/// The known settings: what <c>hocon/reference.conf</c> documents. A name below <c>gantry</c> that is not there, a value of the
/// wrong sort and a number out of range are errors, because a typing error in a setting must not be taken for silence.
/// </summary>
public sealed class HoconSchema
{
    /// <summary>The root of all settings.</summary>
    public const string Root = "gantry";

    private readonly Dictionary<string, HoconSetting> _settings = new(StringComparer.Ordinal);
    private readonly HashSet<string> _groups = new(StringComparer.Ordinal) { Root };

    private HoconSchema(string referenceText)
    {
        ReferenceText = referenceText;
        var reference = HoconReader.Read(referenceText, "reference.conf");
        if (reference.Find(Root) is HoconObject root)
        {
            Collect(Root, root);
        }
    }

    /// <summary>The schema of the reference file that this assembly carries.</summary>
    public static HoconSchema Gantry { get; } = new(EmbeddedReference());

    /// <summary>Every setting, in the order of the reference.</summary>
    public IReadOnlyCollection<HoconSetting> Settings => _settings.Values;

    internal string ReferenceText { get; }

    /// <summary>A schema from the text of a reference file.</summary>
    /// <exception cref="HoconException">The text cannot be read, or a setting is not documented.</exception>
    public static HoconSchema Of(string referenceText) => new(referenceText);

    /// <summary>The setting at a path, or null.</summary>
    public HoconSetting? Find(string path) => _settings.GetValueOrDefault(path);

    /// <summary>Checks everything below <c>gantry</c>.</summary>
    /// <exception cref="HoconException">The first thing found wrong.</exception>
    public void Check(HoconObject configuration)
    {
        if (configuration.TryGet(Root, out var root))
        {
            CheckGroup(Root, root.Value);
        }
    }

    private static string EmbeddedReference()
    {
        using var stream = typeof(HoconSchema).Assembly.GetManifestResourceStream("reference.conf")!; // embedded by the project file
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private void Collect(string path, HoconObject group)
    {
        _groups.Add(path);
        foreach (var field in group.Fields)
        {
            var name = $"{path}.{field.Name}";
            if (field.Value is HoconObject inner)
            {
                Collect(name, inner);
            }
            else
            {
                _settings.Add(name, SettingReader.Read(name, field));
            }
        }
    }

    private void CheckGroup(string path, HoconValue value)
    {
        if (value is not HoconObject group)
        {
            throw new HoconException(
                value.At, path, "it is a group of settings, not a value", $"Write {path} {{ … }} or a longer path");
        }

        foreach (var field in group.Fields)
        {
            var name = $"{path}.{field.Name}";
            if (_settings.TryGetValue(name, out var setting))
            {
                SettingCheck.Check(setting, field.Value);
            }
            else if (_groups.Contains(name))
            {
                CheckGroup(name, field.Value);
            }
            else
            {
                throw Unknown(field.Value.At, name, _settings.Keys.Concat(_groups));
            }
        }
    }

    internal static HoconException Unknown(HoconPosition at, string name, IEnumerable<string> known) => new(
        at,
        name,
        "there is no such setting",
        NearestName.Of(name, known) is { } nearest ? $"Did you mean {nearest}?" : "See reference.conf for all of them");
}
