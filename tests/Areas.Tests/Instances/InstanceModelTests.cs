using System.Collections.Immutable;
using Gantry.Actors;
using Gantry.Contracts;
using Gantry.Instances;
using Gantry.Primitives;
using Shouldly;
using Xunit;

namespace Gantry.Areas.Tests.Instances;

/// <summary>
/// An instance, its VMM and a sled that drives it, with reports that are repeated, reordered and late, over many seeds. Checks the invariants of
/// vmm 8 after each step, and that every order of the same reports ends in the same state.
/// </summary>
public sealed class InstanceModelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [Trait("spec", "vmm/I1")]
    [Trait("spec", "vmm/I2")]
    [Trait("spec", "vmm/I3")]
    public void Invariants_hold_whatever_order_reports_come_in(int block)
    {
        for (var seed = block * 1_000; seed < (block * 1_000) + 300; seed++)
        {
            var model = new Model((ulong)seed);
            for (var step = 0; step < 60; step++)
            {
                model.Step();
                model.Check($"seed {seed}, step {step}");
            }

            model.Settle();
            model.Check($"seed {seed}, settled");
            model.IsInLine.ShouldBeTrue($"seed {seed}: the instance follows its VMM once all mail is in");
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [Trait("spec", "vmm/I9")]
    public void Any_order_and_number_of_the_same_reports_ends_in_the_same_state(int block)
    {
        for (var seed = block * 1_000; seed < (block * 1_000) + 300; seed++)
        {
            var random = new SeededRandomSource((ulong)seed);
            var said = Enumerable.Range(2, 2 + random.Next(8))
                .Select(g => new SledSaid(Word(random), g, Turns.Start.AddSeconds(g))).ToList();
            var end = said.FindIndex(s => VmmWords.IsTerminal(s.State));
            var story = end < 0 ? said : said[..(end + 1)];

            var inOrder = Ends(story);
            var shuffled = Ends(story.Concat(story.Where(_ => random.Next(2) == 0)).OrderBy(_ => random.Next(1_000)));

            shuffled.ShouldBe(inOrder, $"seed {seed}");
        }
    }

    private static string Word(SeededRandomSource random) =>
        new[] { "starting", "running", "stopping", "rebooting", "running", "running", "destroyed", "failed" }[random.Next(8)];

    private static VmmState Ends(IEnumerable<SledSaid> said) => said.Aggregate(
        Vmm(VmmDecider.Initial, new CreateVmm(InstanceBench.Instance, InstanceBench.SledA, "fd00::1", "amd_milan")).State,
        (state, one) => Vmm(state, new ApplySledState(one)).State);

    private static (VmmState State, ImmutableArray<Effect> Effects) Vmm(VmmState state, VmmCommand command)
    {
        var decision = VmmDecider.Decide(state, command, Turns.At(Addresses.Vmm(InstanceBench.Active)));
        return (decision.Fold(state, VmmDecider.Apply), decision.Effects);
    }

    /// <summary>The world of one seed: two entities, a sled, and a bag of mail that is delivered in any order.</summary>
    private sealed class Model(ulong seed)
    {
        private readonly SeededRandomSource _random = new(seed);
        private readonly List<InstanceCommand> _toInstance = [];
        private readonly List<SledSaid> _said = [];
        private readonly HashSet<VmmId> _reserved = [];
        private readonly HashSet<VmmId> _known = [];
        private InstanceState _instance = InstanceBench.Stopped();
        private ImmutableDictionary<VmmId, VmmState> _vmms = ImmutableDictionary<VmmId, VmmState>.Empty;
        private long _instanceGeneration;
        private ImmutableDictionary<VmmId, (long Generation, string State)> _last = ImmutableDictionary<VmmId, (long, string)>.Empty;
        private VmmId _current;
        private string _onSled = "";
        private long _sledGeneration;

        /// <summary>No living link to a VMM that has ended.</summary>
        public bool IsInLine => _instance.ActiveVmm is not { } vmm || !VmmWords.IsTerminal(_vmms[vmm].State);

        public void Step()
        {
            switch (_random.Next(8))
            {
                case 0:
                    Start();
                    break;
                case 1 or 2:
                    SledMoves();
                    break;
                case 3 or 4:
                    DeliverSaid();
                    break;
                case 5:
                    Wish();
                    break;
                case 6 when _known.Contains(_current):
                    OnVmm(_current, _random.Next(6) == 0 ? new FailVmm(FailureReasons.NoSuchInstance) : new AttemptRegister());
                    break;
                default:
                    DeliverMail();
                    break;
            }
        }

        public void Settle()
        {
            foreach (var said in _said.ToList())
            {
                OnVmm(_current, new ApplySledState(said));
            }

            while (_toInstance.Count > 0)
            {
                DeliverMail();
            }
        }

        public void Check(string where)
        {
            (_instance.State == InstanceWords.Vmm).ShouldBe(_instance.ActiveVmm is not null, $"{where}: invariant 1");
            _instance.StateGeneration.ShouldBeGreaterThanOrEqualTo(_instanceGeneration, $"{where}: invariant 2");
            _instanceGeneration = _instance.StateGeneration;
            foreach (var (id, vmm) in _vmms)
            {
                (vmm.FailureReason is not null).ShouldBe(vmm.State == VmmWords.Failed, $"{where}: invariant 3");
                var (generation, state) = _last.GetValueOrDefault(id, (0, VmmWords.Creating));
                vmm.StateGeneration.ShouldBeGreaterThanOrEqualTo(generation, $"{where}: invariant 2");
                if (VmmWords.IsTerminal(state))
                {
                    vmm.State.ShouldBe(state, $"{where}: invariant 3, final");
                }

                if (vmm.TimeDeleted is not null)
                {
                    VmmWords.IsDestroyable(vmm.State).ShouldBeTrue($"{where}: invariant 4");
                    _instance.ActiveVmm.ShouldNotBe(id, $"{where}: invariant 4");
                    _reserved.ShouldNotContain(id, $"{where}: the reservation goes first");
                }

                _last = _last.SetItem(id, (vmm.StateGeneration, vmm.State));
            }
        }

        // The start's steps in their order: room, record, mark, register.
        private void Start()
        {
            var vmm = VmmId.From(_random.NewGuid());
            if (InstanceVerdicts.Start(_instance).Action != InstanceVerdict.Begin)
            {
                return;
            }

            _reserved.Add(vmm);
            _known.Add(vmm);
            _current = vmm;
            _said.Clear();
            OnVmm(vmm, new CreateVmm(InstanceBench.Instance, InstanceBench.SledA, "fd00::1", "amd_milan"));
            OnInstance(new WantRunning());
            OnInstance(new MarkStarting(vmm, InstanceBench.SledA, IsAutoRestart: false));
            OnVmm(vmm, new BeginRegister());
            if (_random.Next(4) == 0)
            {
                OnInstance(new UnmarkStarting(vmm));
                OnVmm(vmm, new UnwindVmm());
                return;
            }

            _onSled = VmmWords.Starting;
            _sledGeneration = 2;
            _said.Add(new SledSaid(_onSled, _sledGeneration, Turns.Start));
        }

        private void SledMoves()
        {
            if (_onSled.Length == 0 || VmmWords.IsTerminal(_onSled))
            {
                return;
            }

            _onSled = (_onSled, _random.Next(6)) switch
            {
                (_, 0) => VmmWords.Failed,
                (VmmWords.Starting, _) => VmmWords.Running,
                (VmmWords.Running, < 3) => VmmWords.Stopping,
                (VmmWords.Running, _) => VmmWords.Rebooting,
                (VmmWords.Rebooting, _) => VmmWords.Running,
                _ => VmmWords.Destroyed,
            };
            _said.Add(new SledSaid(_onSled, ++_sledGeneration, Turns.Start.AddSeconds(_sledGeneration)));
        }

        // Any report, also an old one again.
        private void DeliverSaid()
        {
            if (_said.Count > 0)
            {
                OnVmm(_current, new ApplySledState(_said[_random.Next(_said.Count)]));
            }
        }

        private void Wish() => OnInstance(_random.Next(3) switch
        {
            0 => new WantStopped(),
            1 => new WantReboot(),
            _ => new WantRunning(),
        });

        // Out of order on purpose, and one in four twice: the asks beside the mail have no order with it.
        private void DeliverMail()
        {
            if (_toInstance.Count == 0)
            {
                return;
            }

            var at = _random.Next(_toInstance.Count);
            var mail = _toInstance[at];
            if (_random.Next(4) != 0)
            {
                _toInstance.RemoveAt(at);
            }

            OnInstance(mail);
        }

        private void OnInstance(InstanceCommand command)
        {
            var decision = InstanceBench.Decide(_instance, command);
            _instance = decision.Fold(_instance, InstanceDecider.Apply);
            foreach (var post in decision.Effects.OfType<Effect.Post>().Where(p => p.Command is TearDownVmm))
            {
                OnVmm(VmmId.From(Guid.Parse(post.To.Key)), new TearDownVmm());
            }
        }

        private void OnVmm(VmmId vmm, VmmCommand command)
        {
            var before = _vmms.GetValueOrDefault(vmm, VmmDecider.Initial);
            var decision = VmmDecider.Decide(before, command, Turns.At(Addresses.Vmm(vmm)));
            _vmms = _vmms.SetItem(vmm, decision.Fold(before, VmmDecider.Apply));
            foreach (var post in decision.Effects.OfType<Effect.Post>())
            {
                Posted(vmm, post);
            }
        }

        private void Posted(VmmId vmm, Effect.Post post)
        {
            switch (post.Command)
            {
                case ReleaseSled:
                    _reserved.Remove(vmm);
                    OnVmm(vmm, new VmmCommand.Replied(post.ReplyToken!, new Reply.Accepted(Done.Instance)));
                    break;
                case MayReap reap:
                    OnVmm(vmm, new VmmCommand.Replied(post.ReplyToken!, InstanceBench.Decide(_instance, reap).Reply));
                    break;
                case VmmReport report:
                    _toInstance.Add(report);
                    break;
            }
        }
    }
}
