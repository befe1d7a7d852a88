namespace OviFunctions.Providers;

/// <summary>What every provider's HTTP traffic has in common.</summary>
public static class ProviderHttp
{
    /// <summary>
    /// The handler of one provider account. Redirects are not followed: the key, and a POST that costs money, go
    /// nowhere but to the configured host.
    /// </summary>
    public static SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
    };

    /// <summary>Reads a body of at most <paramref name="limit"/> bytes; null when it is longer.</summary>
    internal static async Task<byte[]?> ReadAtMostAsync(HttpContent content, int limit, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > limit) return null;
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellationToken) is var read and > 0)
        {
            if (body.Length + read > limit) return null;
            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }
}
