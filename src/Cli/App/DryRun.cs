using System.Text.Json;

namespace Gantry.Cli;

/// <summary>Writes what a change would do.</summary>
internal static class DryRun
{
    public static int Write(CliHost host, string? format, JsonElement effects)
    {
        switch (OutputFormats.Parse(format))
        {
            case OutputFormat.Json:
                host.Out.WriteLine(JsonSerializer.Serialize(effects, CliJson.Indented.JsonElement));
                break;
            case OutputFormat.Yaml:
                Yaml.Write(host.Out, effects);
                break;
            default:
                foreach (var effect in effects.Items("effects"))
                {
                    host.Out.WriteLine($"would: {Said(effect)}");
                }

                break;
        }

        host.Error.WriteLine("dry run: nothing was done");
        return ExitCodes.Ok;
    }

    private static string Said(JsonElement effect) => effect.ValueKind is not JsonValueKind.Object
        ? JsonText.Plain(effect)
        : string.Join(' ', effect.EnumerateObject().Where(m => m.Value.ValueKind is not JsonValueKind.Null).Select(m => JsonText.Plain(m.Value)));
}
