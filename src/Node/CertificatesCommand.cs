using System.CommandLine;
using Gantry.Actors.Cluster;

namespace Gantry.Node;

/// <summary><c>certificates</c>: the cluster's own authority, and certificates for its nodes.</summary>
internal static class CertificatesCommand
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static Command Create() => new("certificates", "Makes the authority of a cluster and certificates for its nodes.") { Init(), Issue() };

    private static Command Init()
    {
        var to = new Option<string>("--out") { Description = "Folder for ca.crt and ca.key. Keep it off the nodes.", DefaultValueFactory = _ => "ca" };
        var days = Days(3_650);
        var command = new Command("init", "Makes an authority: ca.crt goes to every node, ca.key to none.") { to, days };
        command.SetAction((parsed, _) => Task.FromResult(Guarded(() =>
        {
            var folder = parsed.GetValue(to)!; // has a default
            var made = ClusterAuthority.Create("Gantry cluster", TimeSpan.FromDays(parsed.GetValue(days)), TimeProvider.System);
            Write(Path.Combine(folder, ClusterAuthority.AuthorityFile), made.Certificate, isSecret: false);
            Write(Path.Combine(folder, ClusterAuthority.AuthorityKeyFile), made.Key, isSecret: true);
            Console.WriteLine($"next: Gantry.Node certificates issue --ca {folder} --node node-1 --out certificates/node-1");
        })));
        return command;
    }

    private static Command Issue()
    {
        var ca = new Option<string>("--ca") { Description = "Folder with ca.crt and ca.key.", DefaultValueFactory = _ => "ca" };
        var node = new Option<string>("--node") { Description = "Name of the node (gantry.cluster.node_id).", Required = true };
        var hosts = new Option<string[]>("--host") { Description = "Name or address of its machine; may be given several times." };
        var to = new Option<string>("--out") { Description = "Folder for ca.crt, node.crt and node.key.", DefaultValueFactory = _ => "certificates" };
        var days = Days(365);
        var command = new Command("issue", "Makes a node's certificate. A node takes new files without a restart.") { ca, node, hosts, to, days };
        command.SetAction((parsed, _) => Task.FromResult(Guarded(() =>
        {
            var (from, folder, name) = (parsed.GetValue(ca)!, parsed.GetValue(to)!, parsed.GetValue(node)!); // defaults, and a required one
            var authority = new PemPair(
                File.ReadAllText(Path.Combine(from, ClusterAuthority.AuthorityFile)), File.ReadAllText(Path.Combine(from, ClusterAuthority.AuthorityKeyFile)));
            var made = ClusterAuthority.Issue(
                authority, name, parsed.GetValue(hosts) ?? [], TimeSpan.FromDays(parsed.GetValue(days)), TimeProvider.System);
            Write(Path.Combine(folder, ClusterAuthority.AuthorityFile), authority.Certificate, isSecret: false, mayReplace: true);
            Write(Path.Combine(folder, "node.crt"), made.Certificate, isSecret: false, mayReplace: true);
            Write(Path.Combine(folder, "node.key"), made.Key, isSecret: true, mayReplace: true);
        })));
        return command;
    }

    private static Option<int> Days(int otherwise)
    {
        var days = new Option<int>("--days") { Description = $"Days that it is good for; {otherwise} without it.", DefaultValueFactory = _ => otherwise };
        days.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 36_500)
            {
                result.AddError("--days may be 1 to 36500");
            }
        });
        return days;
    }

    private static int Guarded(Action work)
    {
        try
        {
            work();
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or LinkRefusedException)
        {
            Console.Error.WriteLine($"error: {e.Message}");
            return StartFailure.ExitCode;
        }
    }

    // An authority that is overwritten leaves every node of a cluster without one.
    private static void Write(string path, string text, bool isSecret, bool mayReplace = false)
    {
        if (!mayReplace && File.Exists(path))
        {
            throw new IOException($"{path} is there already and is not overwritten; name another folder with --out");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!); // a file in a folder
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (isSecret && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using var writer = new StreamWriter(path, options);
        writer.Write(text);
        Console.WriteLine($"  ✓ {path}{(isSecret ? "  (secret)" : "")}");
    }
}
