using System.Text;
using System.Text.Json;
using Gantry.Primitives;
using Gantry.Simulation.TrustQuorum;
using Gantry.TrustQuorum.Protocol;
using Shouldly;
using Xunit;
using static Gantry.Devices.Tests.TrustQuorum.NodeLab;

namespace Gantry.Devices.Tests.TrustQuorum;

public sealed class WireFormTests
{
    [Fact]
    public void A_request_is_the_JSON_of_the_specification()
    {
        const string Json = """
            {"rack_id":"0dbef452-a6dd-4831-bbdc-769ea3353f28","epoch":2,"last_committed_epoch":1,"threshold":2,
             "members":[{"part_number":"p","serial_number":"1"},{"part_number":"p","serial_number":"2"},{"part_number":"p","serial_number":"3"}]}
            """;

        JsonSerializer.Deserialize(Json, TqJson.Default.ReconfigureMsg).ShouldBe(Message(2, 1, "123", 2));
    }

    [Fact]
    public void A_status_is_the_JSON_of_the_specification()
    {
        var status = new TqNodeStatus
        {
            ConnectedPeers = Ids("2"),
            Alarms = [],
            PersistentState = new TqPersistentSummary { HasLrtqShare = false, Configs = [1, 2], Shares = [1, 2], Commits = [1] },
            ProxiedRequests = 0,
        };

        JsonSerializer.Serialize(status, TqJson.Default.TqNodeStatus).ShouldBe(
            """{"connected_peers":[{"part_number":"p","serial_number":"2"}],"alarms":[],"""
            + """ "persistent_state":{"has_lrtq_share":false,"configs":[1,2],"shares":[1,2],"commits":[1],"expunged":null},"proxied_requests":0}""".TrimStart());
    }

    [Fact]
    public void Configurations_are_written_with_objects_and_read_with_arrays_as_well()
    {
        var config = new NodeLab("ABCD").Form(1, null, "ABCD", "A");
        var json = JsonSerializer.Serialize(config, TqJson.Default.TqConfiguration);
        var arrays = new StringBuilder(json);
        foreach (var m in config.Members)
        {
            var id = $"{{\"part_number\":\"p\",\"serial_number\":\"{m.Id.SerialNumber}\"}}";
            arrays.Replace($"{{\"id\":{id},\"share_digest\":\"{m.ShareDigest}\"}}", $"[{id},\"{m.ShareDigest}\"]");
        }

        arrays.ToString().ShouldNotBe(json);
        JsonSerializer.Deserialize(json, TqJson.Default.TqConfiguration).ShouldBe(config);
        JsonSerializer.Deserialize(arrays.ToString(), TqJson.Default.TqConfiguration).ShouldBe(config);
    }

    [Fact]
    public void Alarms_are_objects_of_one_key()
    {
        var config = new NodeLab("ABCD").Form(1, null, "ABCD", "A");
        TqAlarm[] alarms =
        [
            new TqAlarm.MismatchedConfigurations(config, config with { Threshold = 2 }, "Nexus"),
            new TqAlarm.ShareComputationFailed(2, CombineError.DuplicateXCoordinates),
            new TqAlarm.CommittedConfigurationLost(1, 2),
            new TqAlarm.RackSecretDecryptionFailed(2, DecryptionError.Aead),
            new TqAlarm.RackSecretReconstructionFailed(3, new TqReconstructError(CombineError.TooFewShares)),
            new TqAlarm.RackSecretReconstructionFailed(3, new TqReconstructError(null)),
        ];

        foreach (var alarm in alarms)
        {
            var json = JsonSerializer.Serialize(alarm, TqJson.Default.TqAlarm);
            json.ShouldStartWith($"{{\"{alarm.Name}\":{{");
            JsonSerializer.Deserialize(json, TqJson.Default.TqAlarm).ShouldBe(alarm);
        }

        JsonSerializer.Serialize(alarms[4], TqJson.Default.TqAlarm)
            .ShouldBe("""{"rack_secret_reconstruction_failed":{"epoch":3,"err":{"combine":"too_few_shares"}}}""");
        JsonSerializer.Serialize(alarms[5], TqJson.Default.TqAlarm).ShouldBe("""{"rack_secret_reconstruction_failed":{"epoch":3,"err":{"size":null}}}""");
    }

    [Fact]
    public void Every_frame_is_read_back_as_it_was_written()
    {
        var lab = new NodeLab("ABCD");
        lab.Form(1, null, "ABCD", "A");
        var config = lab.Form(2, 1, "ABC", "A", threshold: 2);
        var share = lab["A"].State.Shares[2];
        TqFrame[] frames =
        [
            new TqFrame.Ping(),
            new TqFrame.Hello("PDV2:p:006:A"),
            new TqFrame.Tq(R, new TqMessage.Prepare(config, share)),
            new TqFrame.Tq(R, new TqMessage.PrepareAck(2)),
            new TqFrame.Tq(R, new TqMessage.GetShare(ulong.MaxValue)),
            new TqFrame.Tq(R, new TqMessage.Share(2, share)),
            new TqFrame.Tq(R, new TqMessage.GetLrtqShare()),
            new TqFrame.Tq(R, new TqMessage.LrtqShare(share)),
            new TqFrame.Tq(R, new TqMessage.Expunged(2)),
            new TqFrame.Tq(R, new TqMessage.CommitAdvance(config)),
            new TqFrame.Network(new TqNetworkConfig(300, [1, 2, 3])),
            new TqFrame.ProxyRequest(R.Value, new TqProxyCall.Commit(new TqCommitRequest(R, 2))),
            new TqFrame.ProxyRequest(R.Value, new TqProxyCall.PrepareAndCommit(config)),
            new TqFrame.ProxyRequest(R.Value, new TqProxyCall.Status()),
            new TqFrame.ProxyResponse(R.Value, new TqProxyAnswer.Commit(TqCommitStatus.Committed)),
            new TqFrame.ProxyResponse(R.Value, new TqProxyAnswer.Refused(TqError.NotPrepared(2))),
        ];

        foreach (var frame in frames)
        {
            var bytes = Bytes(frame);
            Hex.Of(Bytes(TqFrameDecoder.Read(bytes))).ShouldBe(Hex.Of(bytes), frame.ToString());
            for (var cut = 0; cut < bytes.Length; cut++)
            {
                Should.Throw<TqWireException>(() => TqFrameDecoder.Read(bytes.AsSpan(0, cut)));
            }
        }

        // Golden: a release that changes a byte no longer talks to its predecessor.
        Hex.Of(Bytes(frames[3])).ShouldBe("a1625471a2677261636b5f6964500dbef452a6dd4831bbdc769ea3353f28646b696e64a16a5072657061726541636b02");
    }

    [Fact]
    public void Damaged_frames_are_refused_and_nothing_else_happens()
    {
        var lab = new NodeLab("ABCD");
        var config = lab.Form(1, null, "ABCD", "A");
        var bytes = Bytes(new TqFrame.Tq(R, new TqMessage.Prepare(config, lab["A"].State.Shares[1])));
        var dice = new SeededRandomSource(3);
        for (var i = 0; i < 20_000; i++)
        {
            var damaged = bytes.ToArray();
            for (var n = dice.Next(4); n >= 0; n--)
            {
                damaged[dice.Next(damaged.Length)] = (byte)dice.Next(256);
            }

            try
            {
                TqFrameDecoder.Read(damaged);
            }
            catch (TqWireException)
            {
                // The only exception there may be.
            }
        }
    }

    [Fact]
    public void The_stored_state_is_read_back_whole()
    {
        var lab = new NodeLab("");
        var fixture = TqLrtqFixture.Of(4);
        foreach (var (name, i) in "ABCD".Select((c, i) => (c.ToString(), i)))
        {
            lab.Start(name, TqPersistentState.FromLrtq(fixture.For(i, R)));
        }

        lab.Do("A", n => n.UpgradeFromLrtq(Upgrade(2, "ABCD")));
        lab.Deliver();
        lab.Commit("A", 2);
        lab.Tell("A", "B", new TqMessage.Expunged(9));
        var state = lab["A"].State;
        using var first = new SecretBufferWriter(1 << 20);
        using var second = new SecretBufferWriter(1 << 20);

        TqStateJson.Write(first, 7, state);
        var (generation, read) = TqStateJson.Read(first.Written);
        TqStateJson.Write(second, 7, read);

        generation.ShouldBe(7UL);
        Hex.Of(second.Written).ShouldBe(Hex.Of(first.Written));
        read.Configs[2].ShouldBe(state.Configs[2]);
        read.Expunged.ShouldBe(new TqExpunged(9, Id("B")));
    }

    private static byte[] Bytes(TqFrame frame)
    {
        using var writer = new SecretBufferWriter(1 << 20);
        TqFrameEncoder.Write(writer, frame);
        return writer.Written.ToArray();
    }
}
