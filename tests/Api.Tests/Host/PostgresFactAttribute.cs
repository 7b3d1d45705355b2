using Gantry.Tests;
using Xunit;

namespace Gantry.Api.Tests;

/// <summary>A fact that needs a server; skipped by name where there is none.</summary>
internal sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute() => Skip = TemporaryPostgres.WhyNot;
}
