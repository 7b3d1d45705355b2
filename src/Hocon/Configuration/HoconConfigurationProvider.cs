using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Gantry.Hocon;

/// <summary>Reads all layers at once, checks them against the schema and lays the values out as configuration keys.</summary>
internal sealed class HoconConfigurationProvider(HoconConfigurationSource source) : ConfigurationProvider
{
    /// <inheritdoc/>
    /// <exception cref="HoconException">A layer cannot be read, or a setting is unknown or out of range.</exception>
    public override void Load()
    {
        List<HoconLayer> layers =
        [
            HoconLayer.OfText(source.Schema.ReferenceText, "reference.conf"),
            .. source.Files.Select(HoconLayer.OfFile),
            HoconEnvironment.Layer(source.Environment),
            HoconLayer.OfValues(source.Values, path => $"command line, {path}"),
        ];
        var configuration = HoconReader.Read(layers, source.Environment);
        source.Schema.Check(configuration);

        var data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        Lay(data, "", "", configuration);
        Data = data;
    }

    private void Lay(Dictionary<string, string?> data, string path, string key, HoconValue value)
    {
        switch (value)
        {
            case HoconObject group:
                foreach (var field in group.Fields)
                {
                    Lay(data, Join(path, '.', field.Name), Join(key, ':', field.Name), field.Value);
                }

                break;
            case HoconArray list:
                for (var i = 0; i < list.Items.Count; i++)
                {
                    Lay(data, $"{path}[]", Join(key, ':', i.ToString(CultureInfo.InvariantCulture)), list.Items[i]);
                }

                break;
            case HoconText text when source.Schema.Find(path) is { Unit: HoconUnit.Texts }:
                LayList(data, key, text.Value);
                break;
            case HoconText text:
                data[key] = source.Schema.Find(path) is { } setting ? SettingCheck.Plain(setting, text) : text.Value;
                break;
            default:
                data[key] = null;
                break;
        }
    }

    private static void LayList(Dictionary<string, string?> data, string key, string text)
    {
        var items = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < items.Length; i++)
        {
            data[Join(key, ':', i.ToString(CultureInfo.InvariantCulture))] = items[i];
        }
    }

    private static string Join(string above, char mark, string name) => above.Length == 0 ? name : $"{above}{mark}{name}";
}
