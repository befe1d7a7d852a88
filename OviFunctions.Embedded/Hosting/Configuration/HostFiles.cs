using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Memory;

namespace OviFunctions.Embedded.Hosting.Configuration;

/// <summary>
/// <c>host.json</c> and <c>local.settings.json</c>, looked for in the content root and then beside the executable, and
/// put in their places among the other sources of configuration.
/// </summary>
internal sealed class HostFiles
{
    private HostFiles(LocalSettings local, IReadOnlyList<string> problems)
    {
        Local = local;
        Problems = problems;
    }

    public LocalSettings Local { get; }

    /// <summary>What is wrong with the files.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>From weakest to strongest: host.json, appsettings.json, local.settings.json, environment, command line.</summary>
    public static HostFiles AddTo(IConfigurationBuilder configuration, string contentRoot)
    {
        var problems = new List<string>();
        if (Find(HostSettings.FileName, contentRoot) is { } hostJson)
            configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = HostSettings.ReadFile(hostJson, problems) });

        var local = Find(LocalSettings.FileName, contentRoot) is { } localJson
            ? LocalSettings.Read(localJson, problems)
            : LocalSettings.None;
        configuration.Sources.Insert(EnvironmentIndex(configuration), new MemoryConfigurationSource { InitialData = local.Values });
        return new HostFiles(local, problems);
    }

    private static int EnvironmentIndex(IConfigurationBuilder configuration)
    {
        var environment = configuration.Sources.OfType<EnvironmentVariablesConfigurationSource>()
            .LastOrDefault(source => string.IsNullOrEmpty(source.Prefix));
        return environment is null ? configuration.Sources.Count : configuration.Sources.IndexOf(environment);
    }

    private static string? Find(string fileName, string contentRoot) =>
        new[] { contentRoot, AppContext.BaseDirectory }
            .Select(folder => Path.Combine(folder, fileName))
            .FirstOrDefault(File.Exists);
}
