using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Configuration;
using OviFunctions.Providers.Segmind;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Providers.Segmind;

/// <summary>An account at a Segmind that a test plays.</summary>
internal sealed class SegmindAccount
{
    public const string Key = "SG_0123456789abcdef";

    public SegmindAccount(SegmindVersion version = SegmindVersion.V2)
    {
        Options = new() { Key = Key, Version = version };
        Provider = new SegmindProvider(Options, new HttpClient(Segmind), Time, NullLogger<SegmindProvider>.Instance);
    }

    public SegmindOptions Options { get; }

    public ScriptedHandler Segmind { get; } = new();

    public ManualTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero));

    public SegmindProvider Provider { get; }
}
