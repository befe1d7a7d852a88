using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Crypto;
using OviFunctions.Providers;
using OviFunctions.Providers.Fal;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Providers.Fal;

/// <summary>An account at a fal that a test plays.</summary>
internal sealed class FalAccount
{
    public const string Key = "11111111-2222-3333-4444-555555555555:0123456789abcdef";

    public FalAccount()
    {
        var http = new HttpClient(Fal);
        var verifier = new FalWebhookVerifier(Options, http, Time);
        Provider = new FalProvider(Options, http, verifier, Time, NullLogger<FalProvider>.Instance);
    }

    public FalOptions Options { get; } = new() { Key = Key };

    public ScriptedHandler Fal { get; } = new();

    public ManualTimeProvider Time { get; } = new();

    public FalProvider Provider { get; }

    public static SubmitRequest Request(IReadOnlyDictionary<string, string>? options = null) => new(
        "ovi/image-to-video",
        "A cat says <S>hello<E>.",
        new Uri("https://ovi.example/v1/images/job_1?token=s3cret&kid=1"),
        "blur",
        "hiss",
        30,
        42,
        options ?? new Dictionary<string, string>(),
        new Uri("https://ovi.example/v1/callbacks/fal/t0ken?a=1&b=2")) { Resolution = "992x512" };

    public static ProviderJob Job(string id = "req-1") => new(id, null, "ovi/image-to-video");
}
