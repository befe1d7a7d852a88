using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Providers.WaveSpeed;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Providers.WaveSpeed;

/// <summary>An account at a WaveSpeed that a test plays.</summary>
internal sealed class WaveSpeedAccount
{
    public const string Key = "wsk_0123456789abcdef";
    public const string Secret = "whsec_dGVzdC1zZWNyZXQ=";

    public WaveSpeedAccount(string? secret = Secret)
    {
        Options = new() { Key = Key, WebhookSecret = secret };
        Provider = new WaveSpeedProvider(Options, new HttpClient(WaveSpeed), Time, NullLogger<WaveSpeedProvider>.Instance);
    }

    public WaveSpeedOptions Options { get; }

    public ScriptedHandler WaveSpeed { get; } = new();

    public ManualTimeProvider Time { get; } = new(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));

    public WaveSpeedProvider Provider { get; }
}
