using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Gantry.Actors.Cluster;

/// <summary>
/// Who this node is on links, and whom it believes: its certificate and the cluster's own authorities, nobody else's. Files that change are
/// read anew, for the streams that are opened after it. Thread-safe.
/// </summary>
internal sealed class NodeIdentity : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly CertificateFiles _files;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private Loaded _loaded;
    private long _looked;

    public NodeIdentity(CertificateFiles files, TimeProvider time, ILogger log)
    {
        (_files, _time, _log) = (files, time, log);
        _loaded = Load();
        _looked = time.GetTimestamp();
    }

    public string Name => Current.Name;

    private Loaded Current
    {
        get
        {
            lock (_gate)
            {
                if (_time.GetElapsedTime(_looked) > LookEvery)
                {
                    _looked = _time.GetTimestamp();
                    Refresh();
                }

                return _loaded;
            }
        }
    }

    /// <summary>Why a certificate is not that of a node; null when it is. Its chain has been checked.</summary>
    public static string? WhyNotNamed(X509Certificate2? certificate, string nodeId) => certificate is null
        ? $"{nodeId} showed no certificate"
        : NameOf(certificate) == nodeId ? null : $"the certificate of {NameOf(certificate)} was shown by a node that says it is {nodeId}";

    /// <summary>TLS 1.3, and a client certificate of our authority is a must.</summary>
    public HttpsConnectionAdapterOptions ServerOptions() => new()
    {
        SslProtocols = SslProtocols.Tls13,
        ClientCertificateMode = ClientCertificateMode.RequireCertificate,
        CheckCertificateRevocation = false,
        ServerCertificateSelector = (_, _) => Current.Certificate,
        ClientCertificateValidation = (certificate, _, _) => IsGood(certificate, "a client"),
    };

    /// <summary>TLS 1.3, our certificate, and the peer must show its own.</summary>
    public SslClientAuthenticationOptions ClientOptions(string nodeId) => new()
    {
        EnabledSslProtocols = SslProtocols.Tls13,
        TargetHost = nodeId,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        LocalCertificateSelectionCallback = (_, _, _, _, _) => Current.Certificate,
        RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            certificate is X509Certificate2 shown && IsGood(shown, nodeId) && WhyNotNamed(shown, nodeId) is null,
    };

    public void Dispose() => _loaded.Dispose();

    private bool IsGood(X509Certificate2 shown, string who)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Current.Authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = _time.GetLocalNow().DateTime;
        if (chain.Build(shown))
        {
            return true;
        }

        _log.CertificateRefused(who, $"{shown.Subject}: {string.Join(", ", chain.ChainStatus.Select(s => s.StatusInformation.Trim()))}");
        return false;
    }

    private void Refresh()
    {
        if (StampOf(_files) == _loaded.Stamp)
        {
            return;
        }

        try
        {
            // The former one may still be in a handshake: it is left to the collector.
            _loaded = Load();
        }
        catch (LinkRefusedException e)
        {
            _log.CertificatesUnreadable(e.Message);
        }
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "What is loaded owns the certificate.")]
    private Loaded Load()
    {
        try
        {
            var stamp = StampOf(_files);
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(_files.Authority);
            var certificate = X509Certificate2.CreateFromPemFile(_files.Certificate, _files.Key);
            _log.CertificatesRead(NameOf(certificate), new DateTimeOffset(certificate.NotAfter));
            return new Loaded(certificate, authorities, NameOf(certificate), stamp);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new LinkRefusedException(
                $"the certificates of node links cannot be read ({_files.Authority}, {_files.Certificate}, {_files.Key}): {e.Message}. "
                + "Make them with Gantry.Node certificates init and certificates issue");
        }
    }

    private static string NameOf(X509Certificate2 certificate) => certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);

    private static long StampOf(CertificateFiles files) =>
        new[] { files.Authority, files.Certificate, files.Key }.Max(f => File.GetLastWriteTimeUtc(f).Ticks);

    private sealed record Loaded(X509Certificate2 Certificate, X509Certificate2Collection Authorities, string Name, long Stamp) : IDisposable
    {
        public void Dispose() => Certificate.Dispose();
    }
}
