namespace OviFunctions.DevStack.Parts;

/// <summary>Everything in the stack listens here and nowhere else.</summary>
internal static class Loopback
{
    public const string Host = "127.0.0.1";

    private static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(5) };

    /// <summary>
    /// Keeps this process and those it starts from sending what is for loopback to the machine's proxy: neither .NET nor the
    /// Azure SDKs exempt it by themselves. To be called before the first request.
    /// </summary>
    public static void ExemptFromProxies()
    {
        var exempt = Environment.GetEnvironmentVariable("no_proxy") ?? Environment.GetEnvironmentVariable("NO_PROXY");
        var all = string.IsNullOrEmpty(exempt) ? Host : $"{exempt},{Host}";
        foreach (var name in (string[])["no_proxy", "NO_PROXY"]) Environment.SetEnvironmentVariable(name, all);
    }

    public static Uri Url(int port, string path = "/") => new($"http://{Host}:{port}{path}");

    /// <summary>Whether something speaks HTTP at this address, whatever it says.</summary>
    public static async Task<bool> AnswersAsync(Uri url, CancellationToken cancellationToken) => await StatusAsync(url, cancellationToken) is not null;

    /// <summary>Whether it answers with 2xx.</summary>
    public static async Task<bool> AnswersWellAsync(Uri url, CancellationToken cancellationToken) => await StatusAsync(url, cancellationToken) is >= 200 and < 300;

    private static async Task<int?> StatusAsync(Uri url, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await Http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return (int)response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null; // no answer in time
        }
    }
}
