using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OviFunctions.Embedded.Engine;
using OviFunctions.Embedded.Hosting.Configuration;
using OviFunctions.Embedded.Hosting.Invocation;

namespace OviFunctions.Embedded.Hosting.Discovery;

/// <summary>Decides where each parameter of a function gets its value from.</summary>
internal sealed class ParameterBinding(HostSettings host, AppSettingReferences settings, IOptions<JsonSerializerOptions> json)
{
    /// <summary>The binder; null, and a problem, when there is no value for the parameter.</summary>
    public ParameterBinder? Bind(ParameterInfo parameter, Trigger trigger, RoutePattern? route, ICollection<string> problems)
    {
        var type = parameter.ParameterType;
        if (type.IsByRef || type.IsByRefLike) return Refuse("is a reference or a ref struct");
        if (parameter == trigger.Parameter) return BindTrigger(trigger);
        if (type == typeof(FunctionContext)) return context => context;

        var isOrchestrator = trigger.Attribute is OrchestrationTriggerAttribute;
        switch (parameter.GetCustomAttribute<BindingAttribute>())
        {
            case DurableClientAttribute when isOrchestrator:
                return Refuse("is a client; an orchestrator speaks to other instances through its context");
            case DurableClientAttribute when type != typeof(DurableTaskClient):
                return Refuse($"is {type}; [DurableClient] gives a {typeof(DurableTaskClient)}");
            case DurableClientAttribute client when client.ConnectionName is not null || !IsOurHub(client, problems):
                return Refuse($"asks for another task hub; the embedded host has one, '{host.HubName}'");
            case DurableClientAttribute:
                return context => context.InstanceServices.GetRequiredService<DurableTaskClient>();
            case { } other:
                return Refuse($"has [{other.GetType().Name}], which is not supported");
        }

        if (type == typeof(CancellationToken))
            return isOrchestrator ? Refuse("is a CancellationToken, which an orchestrator must not look at") : c => c.CancellationToken;

        return trigger.Attribute switch
        {
            HttpTriggerAttribute when type == typeof(HttpRequest) => BindTrigger(trigger),
            HttpTriggerAttribute when type == typeof(HttpContext) =>
                Refuse("is an HttpContext, which stays null on Azure; use HttpRequest.HttpContext"),
            HttpTriggerAttribute when route?.GetParameter(parameter.Name!) is not null =>
                RouteValues.Bind(parameter) ?? Refuse($"is {type}; {RouteValues.Supported}"),
            HttpTriggerAttribute => Refuse($"is not in the route '{route?.RawText}', and nothing else gives it a value"),
            OrchestrationTriggerAttribute when IsOrchestrationInput(parameter, trigger) => OrchestrationInput(type),
            ActivityTriggerAttribute when type == typeof(string)
                && parameter.Name!.Equals("instanceId", StringComparison.OrdinalIgnoreCase) =>
                context => ((ActivityInvocation)context.Trigger).InstanceId,
            _ => Refuse("has no binding, and nothing gives it a value"),
        };

        ParameterBinder? Refuse(string what)
        {
            problems.Add($"the parameter '{parameter.Name}' {what}.");
            return null;
        }
    }

    private ParameterBinder BindTrigger(Trigger trigger)
    {
        if (trigger.Attribute is not ActivityTriggerAttribute) return context => context.Trigger;

        var type = trigger.Parameter.ParameterType;
        var none = type.IsValueType ? Activator.CreateInstance(type) : null;
        return context => ((ActivityInvocation)context.Trigger).Input is { } input
            ? JsonSerializer.Deserialize(input, type, json.Value)
            : none;
    }

    private bool IsOurHub(DurableClientAttribute client, ICollection<string> problems) =>
        client.TaskHub is null
        || (settings.Resolve(client.TaskHub, problems) ?? host.HubName).Equals(host.HubName, StringComparison.OrdinalIgnoreCase);

    /// <summary>The first parameter that nothing else claims.</summary>
    private static bool IsOrchestrationInput(ParameterInfo parameter, Trigger trigger) =>
        parameter == ((MethodInfo)parameter.Member).GetParameters().First(p =>
            p != trigger.Parameter
            && p.ParameterType != typeof(FunctionContext)
            && p.ParameterType != typeof(CancellationToken)
            && !p.IsDefined(typeof(BindingAttribute)));

    private static ParameterBinder OrchestrationInput(Type type)
    {
        var read = new Func<TaskOrchestrationContext, object?>(ReadInput<object>).Method.GetGenericMethodDefinition()
            .MakeGenericMethod(type)
            .CreateDelegate<Func<TaskOrchestrationContext, object?>>();
        return context => read((TaskOrchestrationContext)context.Trigger);
    }

    private static object? ReadInput<T>(TaskOrchestrationContext context) => context.GetInput<T>();
}
