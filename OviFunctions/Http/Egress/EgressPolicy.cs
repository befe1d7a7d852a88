namespace OviFunctions.Http.Egress;

/// <summary>Why an URL that came from outside is fetched; each purpose has its own rules and connection pool.</summary>
public enum EgressPurpose
{
    /// <summary>A buyer's <c>image_url</c>.</summary>
    Image,

    /// <summary>A buyer's <c>webhook_url</c>.</summary>
    Webhook,

    /// <summary>The URL of a finished video, named by a provider.</summary>
    ProviderMedia,
}

/// <summary>The rules for one purpose. Ports are 80 (http) and 443 (https) for all of them.</summary>
/// <param name="HttpsOnly">Whether plain http is refused.</param>
/// <param name="MaxRedirects">How many redirects are followed; each target is checked like the first URL.</param>
/// <param name="ConnectTimeout">The limit for DNS, TCP and TLS together.</param>
/// <param name="TotalTimeout">The limit for everything, from DNS to the last byte of the body.</param>
/// <param name="MaxBytes">The largest body that is read.</param>
/// <param name="MaxConnectionsPerHost">So that a slow stranger does not take every socket.</param>
/// <param name="Accept">The Accept header, without which some CDNs choose a format of their own.</param>
public sealed record EgressPolicy(
    bool HttpsOnly,
    int MaxRedirects,
    TimeSpan ConnectTimeout,
    TimeSpan TotalTimeout,
    long MaxBytes,
    int MaxConnectionsPerHost,
    string Accept)
{
    private static readonly EgressPolicy Image = new(
        HttpsOnly: false,
        MaxRedirects: 3,
        ConnectTimeout: TimeSpan.FromSeconds(5),
        TotalTimeout: TimeSpan.FromSeconds(20),
        MaxBytes: 10 << 20,
        MaxConnectionsPerHost: 16,
        Accept: "image/png, image/jpeg, image/webp");

    // Standard Webhooks: no redirects, 15 to 30 s.
    private static readonly EgressPolicy Webhook = new(
        HttpsOnly: true,
        MaxRedirects: 0,
        ConnectTimeout: TimeSpan.FromSeconds(5),
        TotalTimeout: TimeSpan.FromSeconds(20),
        MaxBytes: 64 << 10,
        MaxConnectionsPerHost: 16,
        Accept: "*/*");

    // Every job of a provider reads from the same CDN host, which is no stranger: no limit on its connections.
    // Jobs:MaxVideoMegabytes can ask for less than this, not for more.
    private static readonly EgressPolicy ProviderMedia = new(
        HttpsOnly: false,
        MaxRedirects: 3,
        ConnectTimeout: TimeSpan.FromSeconds(10),
        TotalTimeout: TimeSpan.FromMinutes(5),
        MaxBytes: 500 << 20,
        MaxConnectionsPerHost: int.MaxValue,
        Accept: "video/mp4, */*");

    /// <summary>The rules for a purpose.</summary>
    public static EgressPolicy For(EgressPurpose purpose) => purpose switch
    {
        EgressPurpose.Image => Image,
        EgressPurpose.Webhook => Webhook,
        EgressPurpose.ProviderMedia => ProviderMedia,
        _ => throw new ArgumentOutOfRangeException(nameof(purpose), purpose, null),
    };
}
