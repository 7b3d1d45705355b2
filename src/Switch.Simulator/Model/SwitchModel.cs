namespace Gantry.Switch.Simulator;

/// <summary>The switch daemon as a pure function: state and request in, state and answer out.</summary>
public static class SwitchModel
{
    private static readonly Route[] Routes =
    [
        .. RouteTable.All.Select(r => new Route(r.Method, r.Template.Trim('/').Split('/'), r.Since, int.MaxValue, r.Handler)),
        .. RouteTable.Former.Select(r => new Route(r.Method, r.Template.Trim('/').Split('/'), 1, r.Before, r.Handler)),
    ];

    /// <summary>Serves one request. On an error the state is the one before, unless the daemon keeps part of it (F7, G6).</summary>
    public static (SwitchState State, SimAnswer Answer) Step(SwitchState state, SimRequest request)
    {
        try
        {
            var version = CheckVersion(request);
            var (route, parameters) = Find(request, version);
            var call = new SimCall(state, request, version, parameters);
            var answer = route.Handler(call);
            return request.Faults.FailsMidway ? throw DaemonException.Internal() : (call.State, answer);
        }
        catch (DaemonException e)
        {
            return ((e.Keep ?? state).Counted(e), new SimAnswer(e.Status) { Error = new DaemonError(e.Code, e.Message), Allow = e.Data["allow"] as string });
        }
    }

    private static SimVersion CheckVersion(SimRequest request)
    {
        if (request.ApiVersion is null)
        {
            throw DaemonException.Invalid("missing expected header \"api-version\"");
        }

        if (!SimVersion.TryParse(request.ApiVersion, out var version))
        {
            throw DaemonException.Invalid($"bad value for header \"api-version\": {request.ApiVersion}");
        }

        return version.CompareTo(request.Faults.NewestVersion) <= 0
            ? version
            : throw DaemonException.Invalid($"server does not support this API version: {version}");
    }

    private static (Route Route, string[] Parameters) Find(SimRequest request, SimVersion version)
    {
        var path = request.Path.Trim('/').Split('/');
        var fitting = Routes.Where(r => version.IsAtLeast(r.Since) && !version.IsAtLeast(r.Before) && r.Matches(path)).ToArray();
        if (fitting.Length == 0)
        {
            throw DaemonException.Missing();
        }

        // Literal segments win over parameters, as the real router has it.
        var fewest = fitting.Min(r => r.ParameterCount);
        var candidates = fitting.Where(r => r.ParameterCount == fewest).ToArray();
        var found = candidates.FirstOrDefault(r => r.Method == request.Method);
        if (found is null)
        {
            var refused = new DaemonException(405, code: null, "Method Not Allowed");
            refused.Data["allow"] = string.Join(", ", candidates.Select(r => r.Method).Distinct(StringComparer.Ordinal));
            throw refused;
        }

        return (found, found.ParametersOf(path));
    }

    private sealed record Route(string Method, string[] Segments, int Since, int Before, Func<SimCall, SimAnswer> Handler)
    {
        public int ParameterCount { get; } = Segments.Count(s => s.StartsWith('{'));

        public bool Matches(string[] path) =>
            path.Length == Segments.Length && Segments.Zip(path).All(p => p.First.StartsWith('{') ? p.Second.Length > 0 : p.First == p.Second);

        public string[] ParametersOf(string[] path) => [.. Segments.Zip(path).Where(p => p.First.StartsWith('{')).Select(p => p.Second)];
    }
}
