namespace Gantry.Actors.Runtime;

/// <summary>Questions to owners go over node links as inquiries; they are never passed on from there.</summary>
internal sealed class OwnerDesk(Func<ClusterDesk?> cluster, InquiryDesk inquiries, TimeProvider time) : IOwners
{
    private const string Prefix = "owner.";

    public bool IsHere(EntityAddress of) => cluster() is not { } desk || desk.Map.Serves(ShardId.Of(of, desk.Map.ShardCount));

    public void On(string question, Func<byte[], CancellationToken, ValueTask<byte[]?>> answer) => inquiries.On(Prefix + question, answer);

    public async ValueTask<OwnerAnswer> AskAsync(EntityAddress of, string question, byte[] body, TimeSpan patience, CancellationToken ct)
    {
        if (cluster() is not { } desk)
        {
            return new OwnerAnswer.NotSent("this node is alone", IsMoving: false);
        }

        var seat = desk.Map.SeatOf(ShardId.Of(of, desk.Map.ShardCount));
        if (seat.Standing != ShardStanding.Foreign || seat.Owner is not { } owner || owner == desk.Map.Me)
        {
            desk.Links.Node?.LookAgain();
            return new OwnerAnswer.NotSent($"the shard of {of} is on its way between nodes", IsMoving: true);
        }

        var name = desk.Map.NodeIdOf(owner) ?? owner.ToString();
        if (desk.Links.Send(owner, id => new LinkFrame.Inquire(id, Prefix + question, body, patience)) is not { } pending)
        {
            desk.Links.Node?.LookAgain();
            return new OwnerAnswer.NotSent($"{name}, which owns {of}, cannot be reached from here", IsMoving: false);
        }

        try
        {
            return await pending.Frame.Task.WaitAsync(patience, time, ct).ConfigureAwait(false) is LinkFrame.Told { IsKnown: true } told
                ? new OwnerAnswer.Told(told.Body)
                : new OwnerAnswer.Silent($"the link to {name}, which owns {of}, broke, or {name} could not answer");
        }
        catch (TimeoutException)
        {
            return new OwnerAnswer.Silent($"{name}, which owns {of}, did not answer in time");
        }
        finally
        {
            desk.Links.Forget(pending);
        }
    }
}
