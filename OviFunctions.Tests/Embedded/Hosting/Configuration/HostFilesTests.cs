using Microsoft.Extensions.Configuration;
using OviFunctions.Embedded.Hosting.Configuration;
using OviFunctions.Tests.Embedded.Hosting.Support;

namespace OviFunctions.Tests.Embedded.Hosting.Configuration;

/// <summary>Who wins: host.json, appsettings.json, local.settings.json, environment, command line, from weakest to strongest.</summary>
public sealed class HostFilesTests : IDisposable
{
    /// <summary>Environment variables belong to the whole process, so no other test may look at these names.</summary>
    private const string Setting = "HostFilesTests_Setting";

    private readonly TestFolder _folder = new TestFolder()
        .Write("host.json", """{ "version": "2.0", "extensions": { "hostFilesTests": { "value": "from-host-json" } } }""")
        .Write("appsettings.json", $$"""{ "{{Setting}}": "from-appsettings" }""");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null, null, null, "from-appsettings")]
    [InlineData("from-local", null, null, "from-local")]
    [InlineData("from-local", "from-environment", null, "from-environment")]
    [InlineData("from-local", "from-environment", "from-arguments", "from-arguments")]
    [InlineData(null, null, "from-arguments", "from-arguments")]
    public void AddTo_SettingInSeveralPlaces_StrongestWins(string? local, string? environment, string? argument, string expected) =>
        Assert.Equal(expected, Configure((Setting, local), (Setting, environment), (Setting, argument))[Setting]);

    [Theory]
    [InlineData("HostFilesTests__B", null, null, "from-local")]
    [InlineData("HostFilesTests__B", "HostFilesTests__B", null, "from-environment")]
    [InlineData("HostFilesTests:B", "HostFilesTests__B", null, "from-environment")]
    [InlineData("HostFilesTests__B", null, "HostFilesTests:B", "from-arguments")]
    public void AddTo_NestedNames_AreTheSameSettingInEachSpelling(string local, string? environment, string? argument, string expected)
    {
        var configuration = Configure(
            (local, "from-local"), (environment ?? "unused", "from-environment"), (argument ?? "unused", "from-arguments"));

        Assert.Equal(expected, configuration["HostFilesTests:B"]);
    }

    [Theory]
    [InlineData(null, null, "from-host-json")]
    [InlineData("from-local", null, "from-local")]
    [InlineData("from-local", "from-environment", "from-environment")]
    public void AddTo_HostJson_IsOverriddenByAppSettings(string? local, string? environment, string expected)
    {
        const string name = "AzureFunctionsJobHost__extensions__hostFilesTests__value";

        Assert.Equal(expected, Configure((name, local), (name, environment), ("unused", null))["AzureFunctionsJobHost:extensions:hostFilesTests:value"]);
    }

    [Fact]
    public void AddTo_NoFileInTheContentRoot_TakesTheOneBesideTheExecutable()
    {
        using var empty = new TestFolder();
        var configuration = new ConfigurationBuilder();

        HostFiles.AddTo(configuration, empty.Path);

        // The app's own host.json, which the build puts beside the tests.
        Assert.Equal("ovifunctions", configuration.Build()["AzureFunctionsJobHost:extensions:durableTask:hubName"]);
    }

    /// <summary>The sources that a host has. Variables are set only while they are read.</summary>
    private IConfigurationRoot Configure(
        (string Name, string? Value) local, (string Name, string? Value) environment, (string Name, string? Value) argument)
    {
        if (local.Value is not null)
            _folder.Write("local.settings.json", $$"""{ "IsEncrypted": false, "Values": { "{{local.Name}}": "{{local.Value}}" } }""");
        if (environment.Value is not null) Environment.SetEnvironmentVariable(environment.Name, environment.Value);
        try
        {
            var configuration = new ConfigurationBuilder()
                .AddJsonFile(_folder["appsettings.json"])
                .AddEnvironmentVariables()
                .AddCommandLine(argument.Value is null ? [] : [$"--{argument.Name}={argument.Value}"]);
            HostFiles.AddTo(configuration, _folder.Path);
            return configuration.Build();
        }
        finally
        {
            Environment.SetEnvironmentVariable(environment.Name, null);
        }
    }
}
