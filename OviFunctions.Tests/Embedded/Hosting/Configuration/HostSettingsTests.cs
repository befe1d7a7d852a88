using Microsoft.Extensions.Configuration;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Hosting.Configuration;
using OviFunctions.Tests.Embedded.Hosting.Support;

namespace OviFunctions.Tests.Embedded.Hosting.Configuration;

public sealed class HostSettingsTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly List<string> _problems = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_CompleteHostJson_GivesItsValues()
    {
        var settings = Read("""
            {
              "version": "2.0", // the schema's
              "functionTimeout": "00:10:00",
              "extensions": {
                "http": { "routePrefix": "/v1/" },
                "durableTask": { "hubName": "hub1", "maxConcurrentActivityFunctions": 32, "maxConcurrentOrchestratorFunctions": 16, "retention": "30.00:00:00" }
              }
            }
            """);

        Assert.Empty(_problems);
        Assert.Equal(("v1", "hub1", 32, 16), (settings.RoutePrefix, settings.HubName, settings.MaxConcurrentActivities, settings.MaxConcurrentOrchestrators));
        Assert.Equal(TimeSpan.FromMinutes(10), settings.FunctionTimeout);
        Assert.Equal(TimeSpan.FromDays(30), settings.Retention);
    }

    [Fact]
    public void Read_NothingSet_GivesTheFunctionsHostsDefaults()
    {
        var settings = Read("""{ "version": "2.0" }""");

        Assert.Equal("api", settings.RoutePrefix);
        Assert.Equal(TimeSpan.FromMinutes(30), settings.FunctionTimeout);
        Assert.Null(settings.MaxConcurrentActivities);
        Assert.Null(settings.Retention);
        Assert.Empty(settings.Problems);
    }

    [Fact]
    public void Read_Upgrades_GivesTheStrategies()
    {
        Assert.Equal(new UpgradeRules(), Read("""{ "version": "2.0" }""").Upgrades);
        Assert.Equal(
            new UpgradeRules
            {
                DefaultVersion = "1.2.0",
                VersionMatch = VersionMatchStrategy.Strict,
                VersionFailure = VersionFailureStrategy.Fail,
                OnNonDeterminism = NonDeterminismStrategy.Park,
            },
            Read("""
                {
                  "version": "2.0",
                  "extensions": {
                    "durableTask": {
                      "defaultVersion": "1.2.0", "versionMatchStrategy": "strict", "versionFailureStrategy": "Fail", "onNonDeterminism": "park"
                    }
                  }
                }
                """).Upgrades);
    }

    [Fact]
    public void Read_UnlimitedTimeout_IsInfinite() =>
        Assert.Equal(Timeout.InfiniteTimeSpan, Read("""{ "version": "2.0", "functionTimeout": "-1" }""").FunctionTimeout);

    [Theory]
    [InlineData("hub7", "hub7")]
    [InlineData(null, "TestHubName")]
    public void Read_HubNameRefersToAnAppSetting_ItsValueOrAProblem(string? value, string hub)
    {
        var file = _folder.Write("host.json", """{ "version": "2.0", "extensions": { "durableTask": { "hubName": "%Task__Hub%" } } }""");
        var settings = HostSettings.Read(new ConfigurationBuilder()
            .AddInMemoryCollection(HostSettings.ReadFile(file["host.json"], _problems))
            .AddInMemoryCollection([new("Task:Hub", value)])
            .Build());

        Assert.Equal(hub, settings.HubName);
        Assert.Equal(value is null, settings.Problems.Any(p => p.Contains("the app setting 'Task__Hub', which is not set")));
    }

    [Theory]
    [InlineData("{}", "\"version\" is ''. It has to be \"2.0\".")]
    [InlineData("""{ "version": "1.0" }""", "\"version\" is '1.0'")]
    [InlineData("""{ "version": "2.0" """, "cannot be read")]
    [InlineData("""{ "version": "2.0", "functionTimeout": "soon" }""", "functionTimeout is 'soon'")]
    [InlineData("""{ "version": "2.0", "functionTimeout": "50.00:00:00" }""", "functionTimeout is '50.00:00:00'")]
    [InlineData("""{ "version": "2.0", "functionTimeout": "00:00:00" }""", "functionTimeout is '00:00:00'")]
    [InlineData("""{ "version": "2.0", "extensions": { "durableTask": { "hubName": "../../etc/x" } } }""", "hubName is '../../etc/x'")]
    [InlineData("""{ "version": "2.0", "extensions": { "durableTask": { "maxConcurrentActivityFunctions": 0 } } }""", "maxConcurrentActivityFunctions is '0'")]
    [InlineData("""{ "version": "2.0", "extensions": { "durableTask": { "defaultVersion": " " } } }""", "defaultVersion is white space")]
    [InlineData("""{ "version": "2.0", "extensions": { "durableTask": { "onNonDeterminism": "ignore" } } }""", "It is one of Fail, Park.")]
    [InlineData("""{ "version": "2.0", "extensions": { "durableTask": { "versionMatchStrategy": "7" } } }""", "versionMatchStrategy is '7'")]
    [InlineData("""{ "version": "2.0", "extensions": { "durableTask": { "retention": "-1.00:00:00" } } }""", "retention is '-1.00:00:00'")]
    [InlineData("""{ "version": "2.0", "extensions": { "durableTask": { "retention": "999999.00:00:00" } } }""", "retention is '999999.00:00:00'")]
    public void Read_WrongValue_NamesIt(string hostJson, string problem)
    {
        var settings = Read(hostJson);

        Assert.Contains(_problems.Concat(settings.Problems), p => p.Contains(problem));
    }

    private HostSettings Read(string hostJson) => HostSettings.Read(new ConfigurationBuilder()
        .AddInMemoryCollection(HostSettings.ReadFile(_folder.Write("host.json", hostJson)["host.json"], _problems))
        .Build());
}
