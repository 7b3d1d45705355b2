using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Cluster;

/// <summary>What links say. Events 1300 to 1399.</summary>
internal static partial class LinkLog
{
    [LoggerMessage(1300, LogLevel.Information, "Node links are served at {Address}, {Security}")]
    public static partial void Listens(this ILogger log, Uri address, string security);

    [LoggerMessage(1301, LogLevel.Information, "Link to {Node} ({Incarnation}) is up")]
    public static partial void Up(this ILogger log, string node, string incarnation);

    [LoggerMessage(1302, LogLevel.Warning, "Link to {Node} ({Incarnation}) is down: {Why}")]
    public static partial void Down(this ILogger log, string node, string incarnation, string why);

    [LoggerMessage(1303, LogLevel.Debug, "Link to {Node} cannot be opened: {Why}; again in {Pause}")]
    public static partial void CannotOpen(this ILogger log, string node, string why, TimeSpan pause);

    [LoggerMessage(1304, LogLevel.Debug, "A stream from {Address} was refused: {Why}")]
    public static partial void Refused(this ILogger log, string address, string why);

    [LoggerMessage(1305, LogLevel.Warning, "A frame {Frame} of {Bytes} bytes for {Node} was not sent: at most {Max} are")]
    public static partial void TooLarge(this ILogger log, string frame, int bytes, string node, int max);

    [LoggerMessage(1306, LogLevel.Error, "Link with {Node} is cut: {Why}. One of the two nodes has a bug, or something else speaks there")]
    public static partial void Broken(this ILogger log, string node, string why);

    [LoggerMessage(1307, LogLevel.Error, "Taking a frame of {Node} failed; the frame is lost")]
    public static partial void ReceiverThrew(this ILogger log, string node, Exception exception);

    [LoggerMessage(1308, LogLevel.Information, "Certificates of node links were read: {Name} until {Until}")]
    public static partial void CertificatesRead(this ILogger log, string name, DateTimeOffset until);

    [LoggerMessage(1309, LogLevel.Error, "Certificates of node links cannot be read anew, the former ones are used: {Why}")]
    public static partial void CertificatesUnreadable(this ILogger log, string why);

    [LoggerMessage(1310, LogLevel.Warning, "A peer at {Address} was refused: {Why}")]
    public static partial void CertificateRefused(this ILogger log, string address, string why);
}
