using System.Diagnostics;
using Gantry.Tests;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>A request's W3C trace context goes on into the operation and what it asks (engine 10.2).</summary>
[Collection(ApiHostGroup.Name)]
[Trait("spec", "engine/10.2")]
public sealed class TraceTests(ApiHostFixture fixture)
{
    [Fact]
    public async Task An_operation_and_its_asks_belong_to_the_trace_that_the_request_brings()
    {
        var trace = ActivityTraceId.CreateRandom();
        var seen = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Gantry.Api" or "Gantry.Actors",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                lock (seen)
                {
                    seen.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        using var admin = fixture.Host.As(fixture.Host.AdminToken);

        var made = await admin.PostAsync(
            "/v1/projects", new { Name = "traced", Description = "" }, ("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01")).Expect(201);

        await Eventually.HoldsAsync(() => Of(seen, "project_create").Any(a => a.TraceId == trace), TimeSpan.FromSeconds(60));
        var span = Of(seen, "project_create").Single(a => a.TraceId == trace);
        span.GetTagItem("gantry.request_id").ShouldBe(made.Headers["x-request-id"]);
        span.GetTagItem("http.response.status_code").ShouldBe(201);
        await Eventually.HoldsAsync(
            () => Of(seen, "commit").Any(c => c.Links.Any(l => l.Context.TraceId == trace)), TimeSpan.FromSeconds(60), () => string.Join(' ', Of(seen, "commit").Count));
    }

    private static List<Activity> Of(List<Activity> seen, string name)
    {
        lock (seen)
        {
            return [.. seen.Where(a => a.OperationName == name)];
        }
    }
}
