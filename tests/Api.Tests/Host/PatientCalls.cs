using System.Net;

namespace Gantry.Api.Tests;

/// <summary>A caller that writes faster than the gateway allows does as it is told: it waits for as long as the answer says and goes on.</summary>
internal static class PatientCalls
{
    // The bucket fills in whole tokens; a little more than it said is surely enough.
    private const int SlackMs = 20;

    // A write that its object turned away was certainly not executed: on a machine that is busy for seconds, commits are as slow as it.
    private const int TurnedAwayMax = 20;

    /// <summary>
    /// Sends what the function makes, again after each 429, and after a 503 by which an object turns a write away. The answer's body is not read yet.
    /// </summary>
    public static async Task<HttpResponseMessage> SendPatientlyAsync(this HttpClient http, Func<HttpRequestMessage> make)
    {
        for (var turnedAway = 0; ;)
        {
            using var request = make();
            var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            if (answer.StatusCode is not HttpStatusCode.TooManyRequests && (turnedAway >= TurnedAwayMax || !await IsTurnedAwayAsync(request, answer)))
            {
                return answer;
            }

            turnedAway += answer.StatusCode is HttpStatusCode.TooManyRequests ? 0 : 1;

            using (answer)
            {
                var wait = (await answer.JsonAsync()).GetProperty("retry_after_ms").GetInt64();
                await Task.Delay(TimeSpan.FromMilliseconds(wait + SlackMs), TimeProvider.System);
            }
        }
    }

    private static async Task<bool> IsTurnedAwayAsync(HttpRequestMessage request, HttpResponseMessage answer)
    {
        if (answer.StatusCode is not HttpStatusCode.ServiceUnavailable || request.Method == HttpMethod.Get)
        {
            return false;
        }

        await answer.Content.LoadIntoBufferAsync();
        return (await answer.Content.ReadAsStringAsync()).Contains("too much to do at this object", StringComparison.Ordinal);
    }
}
