using System.Diagnostics.Metrics;
using Gantry.Hosting;
using Shouldly;
using Xunit;

namespace Gantry.Api.Tests;

[Trait("spec", "engine/10.1")]
public class PrometheusTextTests
{
    [Fact]
    public void Instruments_become_families_with_units_and_labels()
    {
        using var text = new PrometheusText();
        using var meter = new Meter("Gantry.Test.Names");
        meter.CreateCounter<long>("test.names.calls", null, "Calls made").Add(2, new KeyValuePair<string, object?>("result", "ok"));
        meter.CreateHistogram<double>("test.names.duration", "s").Record(0.003);
        meter.CreateObservableGauge("test.names.depth", () => 7);

        var lines = text.Write().Split('\n');

        lines.ShouldContain("# HELP test_names_calls_total Calls made");
        lines.ShouldContain("# TYPE test_names_calls_total counter");
        lines.ShouldContain("test_names_calls_total{result=\"ok\"} 2");
        lines.ShouldContain("test_names_depth 7");
        lines.ShouldContain("test_names_duration_seconds_bucket{le=\"0.0025\"} 0");
        lines.ShouldContain("test_names_duration_seconds_bucket{le=\"0.005\"} 1");
        lines.ShouldContain("test_names_duration_seconds_bucket{le=\"+Inf\"} 1");
        lines.ShouldContain("test_names_duration_seconds_count 1");
    }

    [Fact]
    public void Label_values_are_escaped()
    {
        using var text = new PrometheusText();
        using var meter = new Meter("Gantry.Test.Escapes");
        meter.CreateCounter<long>("test.escapes").Add(1, new KeyValuePair<string, object?>("why", "a\"b\\c\nd"));

        text.Write().ShouldContain("test_escapes_total{why=\"a\\\"b\\\\c\\nd\"} 1\n");
    }

    [Fact]
    public void Observed_series_that_are_gone_leave_the_text()
    {
        using var text = new PrometheusText();
        using var meter = new Meter("Gantry.Test.Gone");
        var keys = new[] { "a", "b" };
        meter.CreateObservableGauge(
            "test.gone", () => keys.Select(k => new Measurement<int>(1, new KeyValuePair<string, object?>("key", k))));

        text.Write().ShouldContain("test_gone{key=\"a\"} 1");
        keys = ["b"];

        text.Write().ShouldNotContain("test_gone{key=\"a\"}");
    }

    [Fact]
    public void Series_beyond_the_bound_are_counted_and_not_kept()
    {
        using var text = new PrometheusText();
        using var meter = new Meter("Gantry.Test.Bound");
        var counter = meter.CreateCounter<int>("test.bound");
        for (var i = 0; i < PrometheusText.SeriesMax + 10; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("id", i));
        }

        var written = text.Write();

        written.Split('\n').Count(l => l.StartsWith("test_bound_total{", StringComparison.Ordinal)).ShouldBeLessThanOrEqualTo(PrometheusText.SeriesMax);
        written.ShouldNotContain("gantry_metrics_series_dropped_total 0\n");
    }

    [Fact]
    public void Other_meters_are_left_out()
    {
        using var text = new PrometheusText();
        using var meter = new Meter("Somebody.Else");
        meter.CreateCounter<int>("elses.counter").Add(1);

        text.Write().ShouldNotContain("elses_counter");
    }
}
