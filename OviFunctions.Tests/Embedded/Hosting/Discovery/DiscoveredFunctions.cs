#pragma warning disable CA1822 // Functions as apps have them: instance methods, whatever they do.
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace OviFunctions.Tests.Embedded.Hosting.Discovery;

internal sealed class ValidFunctions
{
    [Function("Default")]
    public IActionResult Default([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request) => new OkResult();

    [Function("Get")]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "HEAD", "GET", Route = "/%Path%/{id}/")] HttpRequest request,
        string id, FunctionContext context, [DurableClient(TaskHub = "testhubname")] DurableTaskClient client, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return Results.Text(id);
    }

    [Function("Post")]
    public ValueTask<OkResult> PostAsync([HttpTrigger("post", Route = "%Path%/{name}")] HttpRequest request, string name) => new(new OkResult());

    [Function("Inherited")]
    public void Root([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "/")] HttpRequest request) { }

    [Function("Sweep")]
    public Task SweepAsync([TimerTrigger("%Every%", RunOnStartup = true)] TimerInfo timer, CancellationToken cancellationToken) => Task.CompletedTask;

    [Function("Flow")]
    public Task<int> FlowAsync([OrchestrationTrigger] TaskOrchestrationContext context, Uri input, FunctionContext function) => Task.FromResult(1);

    [Function("Untyped")]
    public Task UntypedAsync([OrchestrationTrigger(Orchestration = "OtherName")] TaskOrchestrationContext context) => Task.CompletedTask;
}

internal static class ValidStaticFunctions
{
    [Function("Charge")]
    public static Task<string> ChargeAsync(
        [ActivityTrigger] int amount, string instanceId, FunctionContext context, CancellationToken cancellationToken) => Task.FromResult(instanceId);

    [Function("Static")]
    public static int Double([ActivityTrigger] int number, [DurableClient] DurableTaskClient client) => number * 2;
}

[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class QueueTriggerAttribute : TriggerBindingAttribute;

[AttributeUsage(AttributeTargets.Parameter)]
internal sealed class BlobInputAttribute : InputBindingAttribute;

internal sealed class NoTrigger
{
    [Function("X")]
    public void Run() { }
}

internal sealed class TwoTriggers
{
    [Function("X")]
    public void Run([HttpTrigger("get")] HttpRequest request, [TimerTrigger("0 * * * * *")] TimerInfo timer) { }
}

internal sealed class UnknownTrigger
{
    [Function("X")]
    public void Run([QueueTrigger] string message) { }
}

internal sealed class UnknownInput
{
    [Function("X")]
    public void Run([TimerTrigger("0 * * * * *")] TimerInfo timer, [BlobInput] string blob) { }
}

internal sealed class BadName
{
    [Function("1st function")]
    public void Run([TimerTrigger("0 * * * * *")] TimerInfo timer) { }
}

internal sealed class NotPublic
{
    [Function("X")]
    internal void Run([TimerTrigger("0 * * * * *")] TimerInfo timer) { }
}

internal abstract class AbstractClass
{
    [Function("X")]
    public void Run([TimerTrigger("0 * * * * *")] TimerInfo timer) { }
}

internal sealed class GenericMethod
{
    [Function("X")]
    public void Run<T>([ActivityTrigger] T input) { }
}

internal sealed class AsyncVoid
{
    [Function("X")]
    public async void Run([TimerTrigger("0 * * * * *")] TimerInfo timer) => await Task.Yield();
}

internal sealed class Overloaded
{
    [Function("X")]
    public void Run([TimerTrigger("0 * * * * *")] TimerInfo timer) => Run();

    private void Run() { }
}

internal sealed class TwoConstructors
{
    public TwoConstructors(string one) => _ = one;

    public TwoConstructors(int one) => _ = one;

    [Function("X")]
    public void Run([TimerTrigger("0 * * * * *")] TimerInfo timer) { }
}

internal sealed class FunctionKey
{
    [Function("X")]
    public void Run([HttpTrigger(AuthorizationLevel.Function, "get")] HttpRequest request) { }
}

internal sealed class FunctionKeyByDefault
{
    [Function("X")]
    public void Run([HttpTrigger] HttpRequest request) { }
}

internal sealed class AdminRoute
{
    [Function("X")]
    public void Run([HttpTrigger("get", Route = "administration")] HttpRequest request) { }
}

internal sealed class RuntimeRoute
{
    [Function("X")]
    public void Run([HttpTrigger("get", Route = "/Runtime/x")] HttpRequest request) { }
}

internal sealed class MalformedRoute
{
    [Function("X")]
    public void Run([HttpTrigger("get", Route = "{id")] HttpRequest request) { }
}

internal sealed class UnknownConstraint
{
    [Function("X")]
    public void Run([HttpTrigger("get", Route = "{id:uuid}")] HttpRequest request) { }
}

internal sealed class MissingSettingInRoute
{
    [Function("X")]
    public void Run([HttpTrigger("get", Route = "%Nowhere%/x")] HttpRequest request) { }
}

internal sealed class HttpReturnsText
{
    [Function("X")]
    public Task<string> Run([HttpTrigger("get")] HttpRequest request) => Task.FromResult("");
}

internal sealed class HttpBindsText
{
    [Function("X")]
    public void Run([HttpTrigger("get")] string body) { }
}

internal sealed class NotInTheRoute
{
    [Function("X")]
    public void Run([HttpTrigger("get", Route = "x/{id}")] HttpRequest request, string name) { }
}

internal sealed class UnsupportedRouteType
{
    [Function("X")]
    public void Run([HttpTrigger("get", Route = "x/{id}")] HttpRequest request, Uri id) { }
}

internal sealed class TakesHttpContext
{
    [Function("X")]
    public void Run([HttpTrigger("get")] HttpRequest request, HttpContext context) { }
}

internal sealed class ByReference
{
    [Function("X")]
    public void Run([HttpTrigger("get", Route = "x/{id}")] HttpRequest request, ref string id) { }
}

internal sealed class WrongClient
{
    [Function("X")]
    public void Run([HttpTrigger("get")] HttpRequest request, [DurableClient] object client) { }
}

internal sealed class OtherHub
{
    [Function("X")]
    public void Run([HttpTrigger("get")] HttpRequest request, [DurableClient(TaskHub = "Elsewhere")] DurableTaskClient client) { }
}

internal sealed class TimerReturnsValue
{
    [Function("X")]
    public Task<int> Run([TimerTrigger("0 * * * * *")] TimerInfo timer) => Task.FromResult(1);
}

internal sealed class TimerBindsText
{
    [Function("X")]
    public void Run([TimerTrigger("0 * * * * *")] string timer) { }
}

internal sealed class BadSchedule
{
    [Function("X")]
    public void Run([TimerTrigger("every day")] TimerInfo timer) { }
}

internal sealed class NeverOccurs
{
    [Function("X")]
    public void Run([TimerTrigger("0 0 0 30 2 *")] TimerInfo timer) { }
}

internal sealed class MissingSettingInSchedule
{
    [Function("X")]
    public void Run([TimerTrigger("%Nowhere%")] TimerInfo timer) { }
}

internal sealed class OrchestratorWithoutContext
{
    [Function("X")]
    public void Run([OrchestrationTrigger] string context) { }
}

internal sealed class OrchestratorWithClient
{
    [Function("X")]
    public void Run([OrchestrationTrigger] TaskOrchestrationContext context, [DurableClient] DurableTaskClient client) { }
}

internal sealed class OrchestratorWithToken
{
    [Function("X")]
    public void Run([OrchestrationTrigger] TaskOrchestrationContext context, CancellationToken cancellationToken) { }
}

internal sealed class OrchestratorWithTwoInputs
{
    [Function("X")]
    public void Run([OrchestrationTrigger] TaskOrchestrationContext context, string first, string second) { }
}

internal sealed class ActivityWithSecondInput
{
    [Function("X")]
    public void Run([ActivityTrigger] string input, string more) { }
}

internal sealed class SameName
{
    [Function("Same")]
    public void One([TimerTrigger("0 * * * * *")] TimerInfo timer) { }

    [Function("same")]
    public void Two([TimerTrigger("0 * * * * *")] TimerInfo timer) { }
}

internal sealed class SameRoute
{
    [Function("One")]
    public void One([HttpTrigger("get", "post", Route = "jobs/{id}")] HttpRequest request) { }

    [Function("Two")]
    public void Two([HttpTrigger("POST", Route = "Jobs/{jobId}")] HttpRequest request) { }
}

internal sealed class SameRouteOtherMethod
{
    [Function("One")]
    public void One([HttpTrigger("get", Route = "jobs/{id}")] HttpRequest request) { }

    [Function("Two")]
    public void Two([HttpTrigger("post", Route = "jobs/{id}")] HttpRequest request) { }

    [Function("Three")]
    public void Three([HttpTrigger("get", Route = "jobs/{id:int}")] HttpRequest request) { }
}

internal sealed class SameActivityName
{
    [Function("One")]
    public void One([ActivityTrigger(Activity = "Step")] string input) { }

    [Function("Two")]
    public void Two([ActivityTrigger(Activity = "step")] string input) { }
}

internal sealed class SeveralProblems
{
    [Function("Y")]
    internal Task<string> Run([HttpTrigger(AuthorizationLevel.Admin, Route = "admin")] HttpRequest request) => Task.FromResult("");
}
