using System.Text.Json.Nodes;
using Gantry.Primitives;

namespace Gantry.Node;

/// <summary>Faults that come by themselves, from the seed, over the same control interface that an operator would use.</summary>
internal sealed class DemoWeather(FaultWeather weather, int seed, Uri control, TimeProvider time)
{
    private readonly SeededRandomSource _dice = new((ulong)seed);

    public async Task RunAsync(CancellationToken ct)
    {
        if (weather == FaultWeather.Calm)
        {
            return;
        }

        using var http = new HttpClient { BaseAddress = control };
        var pause = weather == FaultWeather.Rough ? TimeSpan.FromSeconds(10) : TimeSpan.FromSeconds(4);
        while (!ct.IsCancellationRequested)
        {
            await Task.Delay(pause, time, ct).ConfigureAwait(false);
            await GustAsync(http, ct).ConfigureAwait(false);
        }
    }

    private async Task GustAsync(HttpClient http, CancellationToken ct)
    {
        var device = $"switch{_dice.Next(2)}";
        string[] kinds = weather == FaultWeather.Rough ? ["slow", "status"] : ["slow", "status", "refuse", "restart"];
        var kind = kinds[_dice.Next(kinds.Length)];
        if (kind == "restart")
        {
            using var restarted = await http.PostAsync(new Uri($"/control/{device}/restart", UriKind.Relative), content: null, ct).ConfigureAwait(false);
            return;
        }

        var fault = new JsonObject
        {
            ["kind"] = kind,
            ["params"] = new JsonObject { ["delay_ms"] = 1_000, ["status"] = 503 },
        };
        using var injected = await http.PostAsJsonAsync($"/control/{device}/faults", fault, ct).ConfigureAwait(false);
        await Task.Delay(TimeSpan.FromSeconds(2), time, ct).ConfigureAwait(false);
        using var cleared = await http.DeleteAsync(new Uri($"/control/{device}/faults", UriKind.Relative), ct).ConfigureAwait(false);
    }
}
