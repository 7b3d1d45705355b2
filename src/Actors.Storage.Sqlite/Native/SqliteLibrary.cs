using System.Runtime.InteropServices;

namespace Gantry.Actors.Storage.Sqlite;

/// <summary>
/// Chooses the native library, once per process: the system's when there is one (newer, patched by the distribution), else the
/// bundled 3.35.5. Only features of 3.35 are used, so both work.
/// </summary>
internal static class SqliteLibrary
{
    /// <summary>Set it in runtimeconfig to leave the system's library alone.</summary>
    public const string BundledSwitch = "Gantry.Sqlite.UseBundled";

    private const int VersionMin = 3_035_000;

    private static readonly string[] SystemNames = ["libsqlite3.so.0", "libsqlite3.dylib"];
    private static readonly Lazy<string> Chosen = new(Choose);

    /// <summary>What is used, for log and health: "system 3.40.1".</summary>
    public static string Description => Chosen.Value;

    private static string Choose()
    {
        var system = AppContext.TryGetSwitch(BundledSwitch, out var bundled) && bundled ? IntPtr.Zero : FindSystem();
        NativeLibrary.SetDllImportResolver(
            typeof(SQLitePCL.SQLite3Provider_e_sqlite3).Assembly, (name, _, _) => name == "e_sqlite3" ? system : IntPtr.Zero);
        SQLitePCL.raw.SetProvider(new SQLitePCL.SQLite3Provider_e_sqlite3());
        return $"{(system == IntPtr.Zero ? "bundled" : "system")} {SQLitePCL.raw.sqlite3_libversion().utf8_to_string()}";
    }

    private static unsafe IntPtr FindSystem()
    {
        foreach (var name in SystemNames)
        {
            if (!NativeLibrary.TryLoad(name, out var library))
            {
                continue;
            }

            if (NativeLibrary.TryGetExport(library, "sqlite3_libversion_number", out var version)
                && ((delegate* unmanaged<int>)version)() >= VersionMin)
            {
                return library;
            }

            NativeLibrary.Free(library);
        }

        return IntPtr.Zero;
    }
}
