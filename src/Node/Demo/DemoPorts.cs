using System.Net;
using System.Net.Sockets;

namespace Gantry.Node;

/// <summary>
/// Ports of a demo, counted from the first one (README of the specifications): external, internal, admin, node link; control of the simulators +10; switches +11 and
/// +12; management gateway +13; PostgreSQL +14; sled n +20+n; quorum node n +60+n. The listeners of node i are 200·i further.
/// </summary>
internal sealed record DemoPorts(int First)
{
    /// <summary>From the ports of one node to those of the next.</summary>
    public const int NodeStep = 200;

    public int External => First;

    public int Internal => First + 1;

    public int Admin => First + 2;

    public int Link => First + 3;

    public int Postgres => First + 14;

    public int Control => First + 10;

    public int Gateway => First + 13;

    public int Switch(int slot) => First + 11 + slot;

    public int Sled(int number) => First + 20 + number;

    public int Quorum(int number) => First + 60 + number;

    /// <summary>The ports of a node, counted from 0; the devices' are those of node 0.</summary>
    public DemoPorts Node(int number) => new(First + (NodeStep * number));

    /// <summary>The first port in use by somebody else, or null.</summary>
    public int? FirstTaken(int sleds, int nodes)
    {
        int[] wanted =
        [
            External, Internal, Admin, Control, Switch(0), Switch(1), Gateway, .. Enumerable.Range(0, sleds).Select(Sled),
            .. Enumerable.Range(0, sleds).Select(Quorum),
            .. Enumerable.Range(0, nodes).Select(Node).SelectMany(n => new[] { n.External, n.Internal, n.Admin, n.Link }), Postgres,
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
