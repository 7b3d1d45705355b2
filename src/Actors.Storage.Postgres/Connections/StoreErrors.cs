using System.Text;
using Npgsql;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>What an error of the server or of the way to it means to a lane (the table of engine 3.3).</summary>
internal static class StoreErrors
{
    /// <summary>Kinds of error.</summary>
    public enum Meaning
    {
        /// <summary>The fence failed.</summary>
        Fence,

        /// <summary>Something in the batch lost.</summary>
        Losers,

        /// <summary>The server refused rows.</summary>
        Poison,

        /// <summary>Too much for one statement: less of it may pass.</summary>
        TooMuch,

        /// <summary>Not now; certainly nothing was done.</summary>
        KnownUnavailable,

        /// <summary>No answer: only the lane's row tells.</summary>
        UnknownUnavailable,

        /// <summary>Nothing that may happen.</summary>
        Bug,
    }

    /// <summary>Whether it came out of the driver.</summary>
    public static bool IsDatabase(Exception e) =>
        e is NpgsqlException or IOException or System.Net.Sockets.SocketException or TimeoutException || IsUnfitText(e);

    /// <summary>Text that UTF-8 cannot hold; found before anything is sent.</summary>
    public static bool IsUnfitText(Exception e) => e is EncoderFallbackException || e.InnerException is EncoderFallbackException;

    public static Meaning Of(Exception e) => e switch
    {
        PostgresException p => Of(p.SqlState),
        _ when IsUnfitText(e) => Meaning.Poison,
        _ => Meaning.UnknownUnavailable,
    };

    private static Meaning Of(string state) => state switch
    {
        Functions.FenceState => Meaning.Fence,
        Functions.LoserState => Meaning.Losers,
        Functions.ViewState => Meaning.Poison,
        PostgresErrorCodes.QueryCanceled => Meaning.TooMuch,
        PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.ReadOnlySqlTransaction => Meaning.KnownUnavailable,
        _ => state[..2] switch
        {
            "21" or "22" or "23" => Meaning.Poison,
            "54" => Meaning.TooMuch,
            "40" or "53" or "58" => Meaning.KnownUnavailable,
            "08" or "57" => Meaning.UnknownUnavailable,
            _ => Meaning.Bug,
        },
    };
}
