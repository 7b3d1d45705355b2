using System.Net;
using System.Net.Sockets;

namespace Gantry.Node;

/// <summary>
/// Ports of a demo, counted from the first one (README of the specifications): external, internal, admin; control of the simulators +10; switches +11 and
/// +12; management gateway +13; sled n +20+n; quorum node n +60+n.
/// </summary>
internal sealed record DemoPorts(int First)
{
    public int External => First;

    public int Internal => First + 1;

    public int Admin => First + 2;

    public int Control => First + 10;

    public int Gateway => First + 13;

    public int Switch(int slot) => First + 11 + slot;

    public int Sled(int number) => First + 20 + number;

    public int Quorum(int number) => First + 60 + number;

    /// <summary>The first port in use by somebody else, or null.</summary>
    public int? FirstTaken(int sleds)
    {
        int[] wanted =
        [
            External, Internal, Admin, Control, Switch(0), Switch(1), Gateway, .. Enumerable.Range(0, sleds).Select(Sled),
            .. Enumerable.Range(0, sleds).Select(Quorum),
        ];
        foreach (var port in wanted)
        {
            if (IsTaken(port))
            {
                return port;
            }
        }

        return null;
    }

    private static bool IsTaken(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
