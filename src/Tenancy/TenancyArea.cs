using Gantry.Actors;
using Gantry.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gantry.Tenancy;

/// <summary>Registers the area: silos, projects, users, roles and tokens.</summary>
public static class TenancyArea
{
    /// <summary>Adds kinds, views, <see cref="TokenAuthenticator"/> and what the first start makes. The host provides clock and dice.</summary>
    public static IServiceCollection AddTenancy(this IServiceCollection services)
    {
        services.AddOptions<BootstrapOptions>().BindConfiguration("gantry:bootstrap")
            .Validate(o => string.IsNullOrEmpty(o.Token) || TokenText.TryParse(o.Token, out _), TenancyBootstrap.TokenForm)
            .ValidateOnStart();
        services.AddSingleton(Module);
        services.TryAddSingleton<TokenAuthenticator>();
        services.AddSingleton<IBootstrap, TenancyBootstrap>();
        return services;
    }

    /// <summary>What the engine needs to know of the area.</summary>
    public static AreaModule Module { get; } = new()
    {
        Name = "tenancy",
        Kinds =
        [
            EntityKind.Define<SiloDecider, SiloState, SiloCommand, SiloEvent>("silo", k => k
                .View(SiloView.Project)
                .EndsWhen(s => s.IsDeleted)
                .Accept<ChargeQuota>(m => new SiloCommand.Charge(m))
                .Accept<ReleaseQuota>(m => new SiloCommand.Release(m))),
            EntityKind.Define<ProjectDecider, ProjectState, ProjectCommand, ProjectEvent>("project", k => k
                .View(ProjectView.Project)
                .EndsWhen(s => s.IsDeleted)
                .OnReply((_, reply) => new ProjectCommand.SiloAnswered(reply))
                .Accept<AnnounceHolding>(_ => new ProjectCommand.NoteHolding())
                .Accept<AdmitInstance>(m => new ProjectCommand.Admit(m))
                .Accept<DismissInstance>(m => new ProjectCommand.Dismiss(m))
                .Accept<ChargeQuota>(m => new ProjectCommand.Charge(m))
                .Accept<ReleaseQuota>(m => new ProjectCommand.Release(m))),
            EntityKind.Define<UserDecider, UserState, UserCommand, UserEvent>("user", k => k
                .View(UserView.Project)
                .EndsWhen(s => s.IsDeleted)
                .OnReply((_, reply) => new UserCommand.SiloAnswered(reply))),
        ],
        Views = [TenancyViews.Silos, TenancyViews.Projects, TenancyViews.Users, TenancyViews.Tokens],
        Wire = [TenancyWire.Set, ContractsWire.Set],
    };
}
