namespace Gantry.Actors.Kernel;

/// <summary>How long commits take lately: admission tightens with it (engine 5.9).</summary>
internal sealed class CommitPace
{
    private TimeSpan _last;
    private TimeSpan _before;

    public void Took(TimeSpan time) => (_before, _last) = (_last, time);

    /// <summary>Of one commit, while one of this age is out. A slow one between fast ones is weather; two in a row are how it is.</summary>
    public TimeSpan Each(TimeSpan age)
    {
        var lately = _last < _before ? _last : _before;
        return lately > age ? lately : age;
    }
}
