using System.Diagnostics.CodeAnalysis;

namespace Microsoft.Azure.Functions.Worker.Builder;

/// <summary>Where a functions app begins.</summary>
[SuppressMessage("Design", "CA1052", Justification = "The real type has a public constructor.")]
public class FunctionsApplication
{
    /// <summary>A builder with configuration, logging and the host's own services in place.</summary>
    public static FunctionsApplicationBuilder CreateBuilder(string[] args) => new(args);
}
