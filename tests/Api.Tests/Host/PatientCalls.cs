using System.Net;

namespace Gantry.Api.Tests;

/// <summary>A caller that writes faster than the gateway allows does as it is told: it waits for as long as the answer says and goes on.</summary>
internal static class PatientCalls
{
    // The bucket fills in whole tokens; a little more than it said is surely enough.
    private const int SlackMs = 20;

    /// <summary>Sends what the function makes, again after each 429. The answer's body is not read yet.</summary>
    public static async Task<HttpResponseMessage> SendPatientlyAsync(this HttpClient http, Func<HttpRequestMessage> make)
    {
        while (true)
        {
            using var request = make();
            var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            if (answer.StatusCode is not HttpStatusCode.TooManyRequests)
            {
                return answer;
            }

            using (answer)
            {
                var wait = (await answer.JsonAsync()).GetProperty("retry_after_ms").GetInt64();
                await Task.Delay(TimeSpan.FromMilliseconds(wait + SlackMs), TimeProvider.System);
            }
        }
    }
}
