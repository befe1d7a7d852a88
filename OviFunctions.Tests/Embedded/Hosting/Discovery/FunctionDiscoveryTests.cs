using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OviFunctions.Embedded.Hosting.Configuration;
using OviFunctions.Embedded.Hosting.Discovery;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Embedded.Hosting.Discovery;

public sealed class FunctionDiscoveryTests
{
    private readonly List<string> _problems = [];
    private readonly Dictionary<string, string?> _settings = new() { ["Path"] = "from-settings", ["Every"] = "0 */5 * * * *" };

    [Fact]
    public void Discover_ValidFunctions_FindsEachByItsTrigger()
    {
        var functions = Discover(typeof(ValidFunctions), typeof(ValidStaticFunctions)).Functions;

        Assert.Empty(_problems);
        Assert.Equal(
            [
                "ActivityFunction Charge", "HttpFunction Default", "OrchestratorFunction Flow", "HttpFunction Get",
                "HttpFunction Inherited", "HttpFunction Post", "ActivityFunction Static", "TimerFunction Sweep", "OrchestratorFunction Untyped",
            ],
            functions.Select(f => $"{f.GetType().Name} {f.Name}"));
    }

    [Fact]
    public void Discover_HttpFunctions_ReadsRoutesAndMethods()
    {
        var functions = Discover(typeof(ValidFunctions)).Functions.OfType<HttpFunction>().ToDictionary(f => f.Name);

        Assert.Equal("api/Default", functions["Default"].Route.RawText);
        Assert.Empty(functions["Default"].Methods);
        Assert.Equal("api/from-settings/{id}", functions["Get"].Route.RawText);
        Assert.Equal(["GET", "HEAD"], functions["Get"].Methods);
    }

    [Fact]
    public void Discover_EmptyRoutePrefix_RouteStandsAlone()
    {
        _settings["AzureFunctionsJobHost:extensions:http:routePrefix"] = "";

        var get = Discover(typeof(ValidFunctions)).Functions.OfType<HttpFunction>().Single(f => f.Name == "Get");

        Assert.Equal("from-settings/{id}", get.Route.RawText);
    }

    [Fact]
    public void Discover_DurableFunctions_TakesTheNamesFromTheTriggers()
    {
        var functions = Discover(typeof(ValidFunctions), typeof(ValidStaticFunctions)).Functions;

        Assert.Equal(["Charge", "Static"], functions.OfType<ActivityFunction>().Select(f => f.TaskName));
        Assert.Contains(functions.OfType<OrchestratorFunction>(), f => f is { Name: "Untyped", TaskName: "OtherName" });
    }

    [Fact]
    public void Discover_Timer_ReadsItsSchedule()
    {
        var timer = Assert.Single(Discover(typeof(ValidFunctions)).Functions.OfType<TimerFunction>());

        Assert.Equal("0 */5 * * * *", timer.Schedule.Expression);
        Assert.True(timer is { UseMonitor: true, RunOnStartup: true });
    }

    [Theory]
    [InlineData(typeof(NoTrigger), "no parameter has a trigger attribute")]
    [InlineData(typeof(TwoTriggers), "several triggers: 'request', 'timer'")]
    [InlineData(typeof(UnknownTrigger), "the trigger [QueueTriggerAttribute] is not supported")]
    [InlineData(typeof(UnknownInput), "the parameter 'blob' has [BlobInputAttribute], which is not supported")]
    [InlineData(typeof(BadName), "the name is not valid")]
    [InlineData(typeof(NotPublic), "the method is not public")]
    [InlineData(typeof(AbstractClass), "the class is abstract")]
    [InlineData(typeof(GenericMethod), "the method or its class is generic")]
    [InlineData(typeof(AsyncVoid), "the method is 'async void'")]
    [InlineData(typeof(Overloaded), "the method has overloads")]
    [InlineData(typeof(TwoConstructors), "Multiple constructors")]
    [InlineData(typeof(FunctionKey), "AuthorizationLevel.Function is not supported: the embedded host has no function keys")]
    [InlineData(typeof(FunctionKeyByDefault), "AuthorizationLevel.Function is not supported")]
    [InlineData(typeof(AdminRoute), "the route 'administration' begins with 'admin' or 'runtime'")]
    [InlineData(typeof(RuntimeRoute), "the route 'Runtime/x' begins with 'admin' or 'runtime'")]
    [InlineData(typeof(MalformedRoute), "the route 'api/{id' is not valid")]
    [InlineData(typeof(UnknownConstraint), "the route 'api/{id:uuid}' is not valid")]
    [InlineData(typeof(MissingSettingInRoute), "'%Nowhere%/x' refers to the app setting 'Nowhere', which is not set")]
    [InlineData(typeof(HttpReturnsText), "it returns System.String. An HTTP function returns IActionResult, IResult or nothing")]
    [InlineData(typeof(HttpBindsText), "the trigger's parameter 'body' is System.String. It has to be Microsoft.AspNetCore.Http.HttpRequest")]
    [InlineData(typeof(NotInTheRoute), "the parameter 'name' is not in the route 'api/x/{id}'")]
    [InlineData(typeof(UnsupportedRouteType), "the parameter 'id' is System.Uri; a route value can be a string, int, long, Guid or bool")]
    [InlineData(typeof(TakesHttpContext), "the parameter 'context' is an HttpContext, which stays null on Azure")]
    [InlineData(typeof(ByReference), "the parameter 'id' is a reference or a ref struct")]
    [InlineData(typeof(WrongClient), "[DurableClient] gives a Microsoft.DurableTask.Client.DurableTaskClient")]
    [InlineData(typeof(OtherHub), "the parameter 'client' asks for another task hub; the embedded host has one, 'TestHubName'")]
    [InlineData(typeof(TimerReturnsValue), "it returns System.Int32. A timer function returns nothing")]
    [InlineData(typeof(TimerBindsText), "the trigger's parameter 'timer' is System.String. It has to be Microsoft.Azure.Functions.Worker.TimerInfo")]
    [InlineData(typeof(BadSchedule), "'every day' is not a schedule of the form")]
    [InlineData(typeof(NeverOccurs), "The schedule '0 0 0 30 2 *' never occurs")]
    [InlineData(typeof(MissingSettingInSchedule), "refers to the app setting 'Nowhere', which is not set")]
    [InlineData(typeof(OrchestratorWithoutContext), "the trigger's parameter 'context' is System.String. It has to be Microsoft.DurableTask.TaskOrchestrationContext")]
    [InlineData(typeof(OrchestratorWithClient), "the parameter 'client' is a client; an orchestrator speaks to other instances through its context")]
    [InlineData(typeof(OrchestratorWithToken), "the parameter 'cancellationToken' is a CancellationToken, which an orchestrator must not look at")]
    [InlineData(typeof(OrchestratorWithTwoInputs), "the parameter 'second' has no binding")]
    [InlineData(typeof(ActivityWithSecondInput), "the parameter 'more' has no binding")]
    public void Discover_FunctionThatTheHostCannotRun_SaysWhy(Type type, string problem)
    {
        Assert.Empty(Discover(type).Functions);
        Assert.Contains(problem, Assert.Single(_problems));
        Assert.StartsWith("Function '", _problems[0]);
        Assert.Contains($"({type.FullName}.Run)", _problems[0]);
    }

    [Theory]
    [InlineData(typeof(SameName), "The function name 'Same' is used by")]
    [InlineData(typeof(SameRoute), "The functions 'One' and 'Two' have the same route 'api/Jobs/{jobId}' and a method in common")]
    [InlineData(typeof(SameActivityName), "The activity name 'Step' is used by the functions One, Two")]
    public void Discover_FunctionsThatExcludeEachOther_SaysWhich(Type type, string problem)
    {
        Discover(type);

        Assert.Contains(problem, Assert.Single(_problems));
    }

    [Fact]
    public void Discover_SameRouteWithDifferentMethods_IsFine()
    {
        Discover(typeof(SameRouteOtherMethod));

        Assert.Empty(_problems);
    }

    [Fact]
    public void Discover_SeveralProblems_ReportsAllAtOnce()
    {
        Discover(typeof(SeveralProblems), typeof(SameName), typeof(NoTrigger));

        Assert.Equal(6, _problems.Count);
    }

    private FunctionCatalog Discover(params Type[] types)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(_settings).Build();
        var host = HostSettings.Read(configuration);
        var references = new AppSettingReferences(configuration);
        var constraints = new ServiceCollection().AddLogging().AddRouting().BuildServiceProvider().GetRequiredService<ParameterPolicyFactory>();
        var discovery = new FunctionDiscovery(
            new ParameterBinding(host, references, Options.Create(new JsonSerializerOptions())),
            new TriggerReading(new HttpRoutes(host, references, constraints), references, new ManualTimeProvider()));
        return discovery.Discover(types, _problems);
    }
}
