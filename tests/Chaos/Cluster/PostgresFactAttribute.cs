using Gantry.Tests;
using Xunit;

namespace Gantry.Chaos;

/// <summary>A fact that needs a server; skipped by name where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute()
    {
        if (TemporaryPostgres.WhyNot is { } why)
        {
            Skip = why;
        }
    }
}
