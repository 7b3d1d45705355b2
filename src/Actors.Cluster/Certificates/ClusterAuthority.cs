using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gantry.Actors.Cluster;

/// <summary>
/// The cluster's own authority: makes itself, and certificates for nodes. ECDSA P-256. It is used when a node is added and otherwise kept where
/// no node is: whoever has its key can speak as any node.
/// </summary>
public static class ClusterAuthority
{
    /// <summary>File names in a folder of certificates.</summary>
    public const string AuthorityFile = "ca.crt", AuthorityKeyFile = "ca.key";

    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    /// <summary>Makes the authority's certificate and key.</summary>
    public static PemPair Create(string name, TimeSpan validity, TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(NameOf(name), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var now = time.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddMinutes(-5), now + validity);
        return new PemPair(made.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Makes a node's certificate and key.</summary>
    /// <param name="authority">The authority.</param>
    /// <param name="nodeId">Name of the node (<c>gantry.cluster.node_id</c>).</param>
    /// <param name="hosts">Names and addresses of its machine.</param>
    /// <param name="validity">From now; not beyond the authority's own end.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="LinkRefusedException">The authority's files are no authority.</exception>
    public static PemPair Issue(PemPair authority, string nodeId, IEnumerable<string> hosts, TimeSpan validity, TimeProvider time)
    {
        try
        {
            using var issuer = X509Certificate2.CreateFromPem(authority.Certificate, authority.Key);
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest(NameOf(nodeId), key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([ServerAuthentication, ClientAuthentication], critical: true));
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
            request.CertificateExtensions.Add(NamesOf(nodeId, hosts));
            var now = time.GetUtcNow();
            var end = now + validity;
            var last = new DateTimeOffset(issuer.NotAfter.ToUniversalTime(), TimeSpan.Zero);
            using var made = request.Create(issuer, now.AddMinutes(-5), end < last ? end : last, RandomNumberGenerator.GetBytes(16));
            return new PemPair(made.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new LinkRefusedException($"no certificate can be issued: {e.Message}");
        }
    }

    private static X500DistinguishedName NameOf(string name)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName(name);
        return builder.Build();
    }

    private static X509Extension NamesOf(string nodeId, IEnumerable<string> hosts)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(nodeId);
        foreach (var host in hosts.Where(h => h != nodeId))
        {
            if (IPAddress.TryParse(host, out var address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(host);
            }
        }

        return names.Build();
    }
}

/// <summary>A certificate and its key, in PEM.</summary>
/// <param name="Certificate">The certificate.</param>
/// <param name="Key">The key; <c>ToString</c> does not show it.</param>
public sealed record PemPair(string Certificate, string Key)
{
    /// <inheritdoc/>
    public override string ToString() => "certificate and key ***";
}
