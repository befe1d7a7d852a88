using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using OviFunctions.Http.Egress;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Http.Egress;

/// <summary>A guard with a DNS of its own, a clock that stands still, and a limit of 1000 bytes.</summary>
public abstract class EgressTestBase
{
    /// <summary>The one host that is exempt from the address rules.</summary>
    protected const string Host = "stranger.ovi.dev";

    protected ManualTimeProvider Time { get; } = new();

    /// <summary>The names that were looked up.</summary>
    protected List<string> Resolved { get; } = [];

    /// <summary>What every name resolves to.</summary>
    protected IPAddress[] Addresses { get; set; } = [IPAddress.Loopback];

    protected static Task<EgressResult> GetAsync(EgressGuard guard, string url) =>
        guard.GetAsync(EgressPurpose.Image, url, default);

    protected EgressGuard NewGuard(int port = 1, string host = Host) => new(
        new EgressOptions { AllowedHosts = [$"{host}:{port}"], OwnHosts = ["own.ovi.dev"] },
        Time,
        NullLogger<EgressGuard>.Instance,
        (host, _) =>
        {
            Resolved.Add(host);
            return Task.FromResult(Addresses);
        },
        purpose => EgressPolicy.For(purpose) with { MaxBytes = 1000 });
}
