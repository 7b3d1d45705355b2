using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gantry.Tenancy;

/// <summary>First start: silo and project <c>default</c>, and the user <c>admin</c> with a token. Harmless when repeated.</summary>
internal sealed class TenancyBootstrap(
    IEntities entities, IViews views, IOptions<BootstrapOptions> options, IRandomSource random, TimeProvider time, ILogger<TenancyBootstrap> log)
    : IBootstrap
{
    public const string TokenForm =
        "gantry.bootstrap.token is not gnt_<prefix>_<secret> with 6 to 16 lower case letters or digits and 32 to 128 letters or digits";

    // Fixed ids: every start reaches the same entities.
    public static readonly SiloId Silo = SiloId.From(GuidForm.FromText("bootstrap|silo|default"));
    public static readonly ProjectId Project = ProjectId.From(GuidForm.FromText("bootstrap|project|default"));
    public static readonly UserId Admin = UserId.From(GuidForm.FromText("bootstrap|user|admin"));
    private static readonly TokenId TokenId = TokenId.From(GuidForm.FromText("bootstrap|token|admin"));

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private const int AttemptsMax = 20;

    public string Name => "tenancy";

    /// <summary>Before the areas that want a silo.</summary>
    public int Order => -10;

    public async ValueTask RunAsync(CancellationToken ct)
    {
        await AskAsync(Addresses.Silo(Silo), new CreateSilo("default", "made at the first start", true, "local_only"), ct).ConfigureAwait(false);
        await AskAsync(Addresses.Project(Project), new CreateProject(Silo, "default", "made at the first start"), ct).ConfigureAwait(false);
        if (await AskAsync(Addresses.User(Admin), new CreateUser(Silo, "admin", Roles.Admin, Roles.Admin), ct).ConfigureAwait(false))
        {
            await TokenAsync(ct).ConfigureAwait(false);
        }
    }

    private async ValueTask TokenAsync(CancellationToken ct)
    {
        var held = await views.FirstAsync(
            new ViewQuery<TokenRow>(TenancyViews.Tokens).WhereEqual("user", Admin.ToString()), ct).ConfigureAwait(false);
        if (options.Value.Token is { Length: > 0 } configured)
        {
            await SetAsync(configured, ct).ConfigureAwait(false);
            return;
        }

        if (held is not null)
        {
            return;
        }

        if (options.Value.TokenFile is not { Length: > 0 } file)
        {
            TenancyLog.NoToken(log);
            return;
        }

        // The file first: a token that was kept and never written down would lock everybody out.
        var token = TokenText.New(random);
        await WriteAsync(file, token, ct).ConfigureAwait(false);
        if (await AskAsync(Addresses.User(Admin), new AddToken(TokenId, token.Hashed(random), null), ct).ConfigureAwait(false))
        {
            TenancyLog.TokenGenerated(log, token, file);
        }
    }

    private async ValueTask SetAsync(string configured, CancellationToken ct)
    {
        if (!TokenText.TryParse(configured, out var token))
        {
            throw new InvalidOperationException(TokenForm);
        }

        var same = (await views.GetAsync(TenancyViews.Tokens, token.Prefix, ct).ConfigureAwait(false))?.Row;
        if (same is not null && token.Is(new TokenHash(same.Prefix, same.Salt, same.Hash)))
        {
            return;
        }

        if (await AskAsync(Addresses.User(Admin), new AddToken(TokenId, token.Hashed(random), null), ct).ConfigureAwait(false))
        {
            TenancyLog.TokenSet(log, token);
        }
    }

    internal static async ValueTask WriteAsync(string file, TokenText token, CancellationToken ct)
    {
        var how = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var writer = new StreamWriter(file, how);
        if (!OperatingSystem.IsWindows())
        {
            // That mode is for a new file only: one that was there keeps its own, which others may read.
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        await using (writer.ConfigureAwait(false))
        {
            await writer.WriteLineAsync(token.Reveal().AsMemory(), ct).ConfigureAwait(false);
        }
    }

    // False when it is refused: what was renamed or deleted since the first start is its owners' affair and must not keep the node down.
    private async ValueTask<bool> AskAsync(EntityAddress to, ICommand<Done> command, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var how = new AskOptions
            {
                Key = CommandKey.Fresh(random),
                Deadline = Deadline,
                Caller = new Principal(PrincipalKind.Host, "bootstrap"),
            };
            var outcome = await entities.AskAsync(to, command, how, ct).ConfigureAwait(false);
            switch (outcome)
            {
                case Outcome<Done>.Accepted:
                    TenancyLog.Exists(log, to);
                    return true;
                case Outcome<Done>.Refused refused:
                    TenancyLog.LeftAlone(log, to, refused.Why.Message);
                    return false;
                case var other when attempt == AttemptsMax:
                    throw new InvalidOperationException($"{to} could not be made after {AttemptsMax} attempts: {other}");
                default:
                    await Task.Delay(TimeSpan.FromMilliseconds(250), time, ct).ConfigureAwait(false);
                    break;
            }
        }
    }
}
