using Gantry.TrustQuorum.Protocol;
using Shouldly;
using Xunit;

namespace Gantry.Devices.Tests.TrustQuorum;

public sealed class StoreTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("gantry-tq-store-").FullName;

    private readonly List<TqDriveTrouble> _troubles = [];

    private string First => Path.Combine(_root, "0");

    private string Second => Path.Combine(_root, "1");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Nothing_saved_is_nothing_loaded() => Open().Load().ShouldBeNull();

    [Fact]
    public void The_copy_of_the_highest_generation_is_read()
    {
        var (one, two) = States();
        Open().Save(one);
        System.IO.File.Copy(File(First), File(First) + ".old");
        var store = Open();
        store.Load().ShouldNotBeNull();
        store.Save(two);
        System.IO.File.Move(File(First) + ".old", File(First), overwrite: true);

        Open().Load()!.Commits.ShouldBe([1UL]);
    }

    [Fact]
    public void One_lost_drive_is_survived_and_two_are_not()
    {
        var (_, two) = States();
        var store = Open();
        store.Save(two);
        Directory.Delete(First, recursive: true);
        store.Save(two);
        Open().Load()!.Commits.ShouldBe([1UL]);

        Directory.Delete(First, recursive: true);
        Directory.Delete(Second, recursive: true);
        Should.Throw<IOException>(() => store.Save(two));
    }

    [Fact]
    public void A_damaged_copy_is_passed_over_and_two_damaged_ones_stop_the_node()
    {
        var (_, two) = States();
        Open().Save(two);
        System.IO.File.WriteAllText(File(First), "{\"generation\":9,\"state\":{");
        Open().Load()!.Commits.ShouldBe([1UL]);

        System.IO.File.WriteAllText(File(First), "{");
        System.IO.File.WriteAllText(File(Second), "");
        Should.Throw<TqWireException>(() => Open().Load());
    }

    [Fact]
    public void A_drive_that_does_not_take_its_copy_is_told_and_gets_it_at_the_next_load()
    {
        var (one, two) = States();
        Open().Save(one);
        var store = Open();
        store.Load().ShouldNotBeNull();
        System.IO.File.Move(File(First), File(First) + ".kept");
        Directory.CreateDirectory(File(First)); // a folder where the file belongs: no rename succeeds

        store.Save(two);

        var trouble = _troubles.ShouldHaveSingleItem();
        (trouble.Folder, trouble.IsDamaged).ShouldBe((First, false));
        Directory.Delete(File(First));
        System.IO.File.Move(File(First) + ".kept", File(First));
        Open().Load()!.Commits.ShouldBe([1UL]);
        Directory.Delete(Second, recursive: true);
        Open().Load()!.Commits.ShouldBe([1UL], "the copy that was behind holds the newest now");
    }

    [Fact]
    public void A_damaged_copy_is_told_and_written_again()
    {
        Open().Save(States().Item2);
        System.IO.File.WriteAllText(File(Second), "{");

        Open().Load().ShouldNotBeNull();

        var trouble = _troubles.ShouldHaveSingleItem();
        (trouble.Folder, trouble.IsDamaged).ShouldBe((Second, true));
        System.IO.File.ReadAllBytes(File(Second)).ShouldBe(System.IO.File.ReadAllBytes(File(First)));
    }

    [Fact]
    public void Only_the_owner_may_read_the_file()
    {
        Open().Save(States().Item1);

        if (OperatingSystem.IsWindows())
        {
            return;
        }

        System.IO.File.GetUnixFileMode(File(First)).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public void The_network_configuration_is_kept()
    {
        Open().SaveNetworkConfig(new TqNetworkConfig(4, [1, 2]));

        Open().LoadNetworkConfig()!.Generation.ShouldBe(4UL);
    }

    private static string File(string folder) => Path.Combine(folder, TqFileStore.StateFile);

    private static (TqPersistentState, TqPersistentState) States()
    {
        var lab = new NodeLab("ABCD");
        lab.Form(1, null, "ABCD", "A", committing: "");
        var one = lab["A"].State;
        lab.Commit("A", 1);
        return (one, lab["A"].State);
    }

    private TqFileStore Open() => new([First, Second]) { OnTrouble = _troubles.Add };
}
