using System.Net.Sockets;
using Npgsql;

namespace Gantry.Actors.Storage.Postgres;

/// <summary>
/// The first thing a process that starts under a name can do for the cluster: end what still counts as its former run, so that the other nodes
/// take its shards while this one is still being built (engine 5.2). A run whose link still answers is left alone: this process may have
/// been started by mistake, and it is for the join to decide, once everything else of the start has gone well.
/// </summary>
public static class FormerRun
{
    // Whoever cannot be reached within this time is met again by the start itself, which says what is wrong.
    private const int PatienceSeconds = 5;

    /// <summary>Declares dead what died under the name. False when there was nothing, it may be alive, or the store did not take it.</summary>
    public static async Task<bool> EndAsync(PostgresStoreOptions options, string nodeId, CancellationToken ct)
    {
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString)
            {
                SearchPath = options.Schema,
                Pooling = false,
                Timeout = PatienceSeconds,
                CommandTimeout = PatienceSeconds,
                ApplicationName = "actors/start",
            };
            settings.TargetSessionAttributes = Connections.TargetOf(settings);
            await using var connection = new NpgsqlConnection(settings.ConnectionString);
            await connection.OpenAsync(ct);
            var former = await new SqlCall($"SELECT incarnation, link FROM node WHERE node_id = $1 AND state IN {PostgresMembership.Living}")
                .Text(nodeId).ReadAsync(connection, r => (Incarnation: r.GetGuid(0), Link: r.IsDBNull(1) ? null : r.GetString(1)), ct);
            var ended = 0;
            foreach (var (incarnation, link) in former)
            {
                if (await IsClosedAsync(link, ct))
                {
                    ended += await new SqlCall($"UPDATE node SET state = 'dead' WHERE incarnation = $1 AND state IN {PostgresMembership.Living}")
                        .Uuid(incarnation).RunAsync(connection, ct);
                }
            }

            return ended > 0;
        }
        catch (Exception e) when (StoreErrors.IsDatabase(e) || e is ArgumentException)
        {
            return false;
        }
    }

    // Only a refusal is proof: silence may be a network, and a process that was stopped still has its port. A proxy before the node takes the
    // connection and hangs up when nobody is behind it; a node that lives waits for the first word of whoever calls.
    private static async Task<bool> IsClosedAsync(string? link, CancellationToken ct)
    {
        if (!Uri.TryCreate(link, UriKind.Absolute, out var address) || address.Port < 0)
        {
            return false;
        }

        using var late = CancellationTokenSource.CreateLinkedTokenSource(ct);
        late.CancelAfter(TimeSpan.FromSeconds(1));
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address.IdnHost, address.Port, late.Token);
            return await client.Client.ReceiveAsync(new byte[1], SocketFlags.None, late.Token) == 0;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.ConnectionReset;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return false;
        }
    }
}
