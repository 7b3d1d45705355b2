using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Primitives;
using Gantry.Tenancy;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Tenancy;

public sealed class TenancyDeciderTests
{
    private static readonly SiloId Silo = SiloId.From(Guid.Parse("6a0c0d0e-0000-4000-8000-0000000000aa"));
    private static readonly ProjectId Project = ProjectId.From(Guid.Parse("6a0c0d0e-0000-4000-8000-0000000000bb"));
    private static readonly UserId User = UserId.From(Guid.Parse("6a0c0d0e-0000-4000-8000-0000000000cc"));
    private static readonly InstanceId One = InstanceId.From(Guid.Parse("6a0c0d0e-0000-4000-8000-000000000001"));
    private static readonly InstanceId Two = InstanceId.From(Guid.Parse("6a0c0d0e-0000-4000-8000-000000000002"));

    [Fact]
    public void A_project_with_instances_is_not_deleted_and_without_them_it_is()
    {
        var project = On(NewProject(), new ProjectCommand.Admit(new AdmitInstance(One)));

        Decide(project, new DeleteProject()).CodeOf().ShouldBe("ProjectInUse");
        var empty = On(project, new ProjectCommand.Dismiss(new DismissInstance(One)));
        On(empty, new DeleteProject()).IsDeleted.ShouldBeTrue();
    }

    [Fact]
    public void A_silo_that_is_gone_takes_with_it_what_was_made_in_it_meanwhile()
    {
        var gone = On(NewSilo(8), new DeleteSilo());
        var no = SiloDecider.Decide(gone, new AskStanding(), Turns.At(Addresses.Silo(Silo))).Reply.ShouldBeOfType<Reply.Refused>();
        var yes = SiloDecider.Decide(NewSilo(8), new AskStanding(), Turns.At(Addresses.Silo(Silo))).Reply;

        On(NewProject(), new ProjectCommand.SiloAnswered(no)).IsDeleted.ShouldBeTrue();
        On(NewProject(), new ProjectCommand.SiloAnswered(yes)).IsDeleted.ShouldBeFalse();
        On(On(NewProject(), new ProjectCommand.Admit(new AdmitInstance(One))), new ProjectCommand.SiloAnswered(no)).IsDeleted.ShouldBeFalse();
        Decide(On(NewProject(), new DeleteProject()), new ProjectCommand.SiloAnswered(no)).Events.ShouldBeEmpty();
    }

    [Fact]
    public void A_deleted_project_admits_nothing_and_takes_back_everything()
    {
        var gone = On(NewProject(), new DeleteProject());

        Decide(gone, new ProjectCommand.Admit(new AdmitInstance(One))).Reply
            .ShouldBeOfType<Reply.Refused>().Why.Kind.ShouldBe(RefusalKind.NotFound);
        Decide(gone, new ProjectCommand.Dismiss(new DismissInstance(One))).Reply.ShouldBeOfType<Reply.Accepted>();
        Decide(gone, new ProjectCommand.Release(new ReleaseQuota(One))).Reply.ShouldBeOfType<Reply.Accepted>();
    }

    [Fact]
    public void Renaming_a_project_moves_the_claim_and_raises_the_generation()
    {
        var decision = Decide(NewProject(), new UpdateProject("other", null));

        decision.Effects.ShouldBe(
            [new Effect.Release("project-name", $"{Silo}/web"), new Effect.Claim("project-name", $"{Silo}/other")]);
        decision.Fold(NewProject(), ProjectDecider.Apply).Generation.ShouldBe(2);
        Decide(NewProject(), new UpdateProject("web", null)).Events.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Web")]
    [InlineData("")]
    [InlineData("web-")]
    [InlineData("6a0c0d0e-0000-4000-8000-0000000000bb")]
    public void A_project_needs_a_name_of_the_house_form(string name) =>
        ProjectDecider.Decide(ProjectDecider.Initial, new CreateProject(Silo, name, ""), Turns.At(Addresses.Project(Project)))
            .CodeOf().ShouldBe("BadName");

    [Theory]
    [InlineData(8, 3, true)]
    [InlineData(8, 4, true)]
    [InlineData(8, 5, false)]
    public void A_silo_takes_charges_up_to_its_quota(int max, int more, bool isAccepted)
    {
        var silo = On(NewSilo(max), new SiloCommand.Charge(new ChargeQuota(One, 4, 1L << 30)));

        var decision = SiloDecider.Decide(silo, new SiloCommand.Charge(new ChargeQuota(Two, more, 1L << 30)), Turns.At(Addresses.Silo(Silo)));

        (decision.Reply is Reply.Accepted).ShouldBe(isAccepted);
        if (!isAccepted)
        {
            decision.Reply.ShouldBeOfType<Reply.Refused>().Why.Kind.ShouldBe(RefusalKind.InsufficientCapacity);
        }
    }

    [Fact]
    public void A_charge_counts_once_and_its_release_gives_it_back_once()
    {
        var charge = new SiloCommand.Charge(new ChargeQuota(One, 4, 1L << 30));
        var silo = On(On(NewSilo(8), charge), charge);
        silo.Quota.CpusUsed.ShouldBe(4);

        var released = On(On(silo, new SiloCommand.Release(new ReleaseQuota(One))), new SiloCommand.Release(new ReleaseQuota(One)));

        released.Quota.CpusUsed.ShouldBe(0);
        released.Quota.MemoryBytesUsed.ShouldBe(0);
    }

    [Fact]
    [Trait("spec", "vmm/I7")]
    public void A_start_that_is_taken_back_late_leaves_the_charge_of_the_next_one_alone()
    {
        var (first, second) = (VmmId.From(GuidForm.FromText("vmm 1")), VmmId.From(GuidForm.FromText("vmm 2")));
        var silo = On(NewSilo(8), new SiloCommand.Charge(new ChargeQuota(One, 4, 1L << 30) { Vmm = second }));
        silo = On(silo, new SiloCommand.Charge(new ChargeQuota(One, 4, 1L << 30) { Vmm = first }));

        var after = On(silo, new SiloCommand.Release(new ReleaseQuota(One) { Vmm = first }));

        after.Quota.CpusUsed.ShouldBe(4);
        On(after, new SiloCommand.Release(new ReleaseQuota(One) { Vmm = first })).Quota.CpusUsed.ShouldBe(4);
        On(after, new SiloCommand.Release(new ReleaseQuota(One))).Quota.CpusUsed.ShouldBe(0, "with its instance all goes");
    }

    [Fact]
    public void What_was_charged_before_VMMs_were_told_apart_goes_with_the_next_release()
    {
        var project = On(NewProject(), new ProjectCommand.Charge(new ChargeQuota(One, 4, 1L << 30)));

        On(project, new ProjectCommand.Release(new ReleaseQuota(One) { Vmm = VmmId.From(GuidForm.FromText("vmm 1")) })).Quota.CpusUsed.ShouldBe(0);
    }

    [Fact]
    public void A_user_has_the_roles_and_tokens_that_were_given_and_not_more_tokens_than_the_limit()
    {
        var random = new SeededRandomSource(3);
        var user = On(UserDecider.Initial, new CreateUser(Silo, "ann", "operator", null));
        for (var i = 0; i < TenancyLimits.TokensPerUserMax; i++)
        {
            user = On(user, new AddToken(TokenId.From(random.NewGuid()), TokenText.New(random).Hashed(random), null));
        }

        Decide(user, new AddToken(TokenId.From(random.NewGuid()), TokenText.New(random).Hashed(random), null)).CodeOf().ShouldBe("TokenLimitReached");
        Decide(user, new SetFleetRole("collaborator")).CodeOf().ShouldBe("RoleInvalid");
        Decide(user, new SetProjectRole(Project, "operator")).CodeOf().ShouldBe("RoleInvalid");
        On(user, new SetProjectRole(Project, "collaborator")).ProjectRoles[Project].ShouldBe("collaborator");
    }

    [Fact]
    public void A_replaced_token_gives_its_prefix_up()
    {
        var random = new SeededRandomSource(3);
        var id = TokenId.From(random.NewGuid());
        var first = TokenText.New(random).Hashed(random);
        var user = On(On(UserDecider.Initial, new CreateUser(Silo, "ann", null, null)), new AddToken(id, first, null));
        var second = TokenText.New(random).Hashed(random);

        var decision = Decide(user, new AddToken(id, second, null));

        decision.Effects.ShouldBe([new Effect.Release("token-prefix", first.Prefix), new Effect.Claim("token-prefix", second.Prefix)]);
        decision.Fold(user, UserDecider.Apply).Tokens.Count.ShouldBe(1);
    }

    private static ProjectState NewProject() => On(ProjectDecider.Initial, new CreateProject(Silo, "web", ""));

    private static SiloState NewSilo(long cpus) => On(SiloDecider.Initial, new CreateSilo("silo-1", "", true, "local_only", cpus, 64L << 30));

    private static Decision<ProjectEvent> Decide(ProjectState state, ProjectCommand command) =>
        ProjectDecider.Decide(state, command, Turns.At(Addresses.Project(Project)));

    private static Decision<UserEvent> Decide(UserState state, UserCommand command) =>
        UserDecider.Decide(state, command, Turns.At(Addresses.User(User)));

    private static ProjectState On(ProjectState state, ProjectCommand command) => Decide(state, command).Fold(state, ProjectDecider.Apply);

    private static UserState On(UserState state, UserCommand command) => Decide(state, command).Fold(state, UserDecider.Apply);

    private static SiloState On(SiloState state, SiloCommand command) =>
        SiloDecider.Decide(state, command, Turns.At(Addresses.Silo(Silo))).Fold(state, SiloDecider.Apply);
}
