using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;

namespace OviFunctions.Tests.Support;

/// <summary>The life of a host that a test plays itself.</summary>
public static class HostLifetime
{
    /// <summary>A host that runs until it is told to stop.</summary>
    public static IHostApplicationLifetime Running() => new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
}
