using System.CommandLine;
using Gantry.Primitives;

namespace Gantry.Node;

/// <summary><c>health</c>: exit code 0 when a node is ready. What a container engine calls: it needs no shell and no curl.</summary>
internal static class HealthCommand
{
    public static Command Create()
    {
        var url = new Option<string>("--url") { Description = "The node.", DefaultValueFactory = _ => "http://127.0.0.1:8480" };
        var command = new Command("health", "Asks a node whether it is ready.") { url };
        command.SetAction((parsed, ct) => AskAsync(parsed.GetValue(url)!, ct)); // has a default
        return command;
    }

    private static async Task<int> AskAsync(string url, CancellationToken ct)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        try
        {
            using var answer = await client.GetAsync(new Uri(new Uri(url), "/health/ready"), ct).ConfigureAwait(false);
            Console.WriteLine(await answer.Content.ReadAsStringAsync(ct).ConfigureAwait(false));
            return answer.IsSuccessStatusCode ? 0 : 1;
        }
        catch (Exception e) when (ConnectionFailure.Is(e) || e is TaskCanceledException or UriFormatException)
        {
            await Console.Error.WriteLineAsync($"error: {url} does not answer: {e.Message}").ConfigureAwait(false);
            return 1;
        }
    }
}
