using Gantry.Primitives;
using Gantry.Tenancy;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Tenancy;

/// <summary>The file of the first token.</summary>
public sealed class TokenFileTests
{
    [Fact]
    public async Task File_that_was_there_is_for_its_owner_only_afterwards()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var file = Path.GetTempFileName();
        try
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            var token = TokenText.New(SystemRandomSource.Instance);

            await TenancyBootstrap.WriteAsync(file, token, CancellationToken.None);

            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            (await File.ReadAllTextAsync(file)).Trim().ShouldBe(token.Reveal());
        }
        finally
        {
            File.Delete(file);
        }
    }
}
