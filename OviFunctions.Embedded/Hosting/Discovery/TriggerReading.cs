using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using OviFunctions.Embedded.Hosting.Configuration;
using OviFunctions.Embedded.Hosting.Invocation;
using OviFunctions.Embedded.Hosting.Timers;

namespace OviFunctions.Embedded.Hosting.Discovery;

/// <summary>Makes the entry of a function whose trigger was understood.</summary>
/// <param name="Make">The entry, once the method is compiled.</param>
/// <param name="Route">The route of an HTTP function.</param>
internal sealed record EntryDraft(Func<FunctionCode, FunctionEntry> Make, RoutePattern? Route = null);

/// <summary>Reads what a trigger attribute says, and checks what it asks of its parameter and of the return type.</summary>
internal sealed class TriggerReading(HttpRoutes routes, AppSettingReferences settings, TimeProvider time)
{
    /// <summary>Null, and a problem, when the trigger cannot be served.</summary>
    public EntryDraft? Read(MethodInfo method, string name, Trigger trigger, ICollection<string> problems) => trigger.Attribute switch
    {
        HttpTriggerAttribute http => ReadHttp(method, name, trigger, http, problems),
        TimerTriggerAttribute timer => ReadTimer(method, name, trigger, timer, problems),
        OrchestrationTriggerAttribute orchestration => Takes<TaskOrchestrationContext>(trigger, problems)
            ? new EntryDraft(code => new OrchestratorFunction(name, code, orchestration.Orchestration ?? name))
            : null,
        ActivityTriggerAttribute activity => new EntryDraft(code => new ActivityFunction(name, code, activity.Activity ?? name)),
        var unknown => Unknown(unknown, problems),
    };

    private EntryDraft? ReadHttp(
        MethodInfo method, string name, Trigger trigger, HttpTriggerAttribute http, ICollection<string> problems)
    {
        var before = problems.Count;
        if (http.AuthLevel is not AuthorizationLevel.Anonymous)
            problems.Add($"AuthorizationLevel.{http.AuthLevel} is not supported: the embedded host has no function keys. "
                + "Write [HttpTrigger(AuthorizationLevel.Anonymous, ...)] and check callers in the function.");
        Takes<HttpRequest>(trigger, problems);

        var result = MethodCompiler.ResultType(method);
        if (result != typeof(void) && !typeof(IActionResult).IsAssignableFrom(result) && !typeof(IResult).IsAssignableFrom(result))
            problems.Add($"it returns {result}. An HTTP function returns IActionResult, IResult or nothing, or a task of these.");

        var route = routes.Read(name, http.Route, problems);
        if (route is null || problems.Count > before) return null;
        var methods = (http.Methods ?? []).Select(m => m.ToUpperInvariant()).Distinct().ToList();
        return new EntryDraft(code => new HttpFunction(name, code, route, methods), route);
    }

    private EntryDraft? ReadTimer(
        MethodInfo method, string name, Trigger trigger, TimerTriggerAttribute timer, ICollection<string> problems)
    {
        var before = problems.Count;
        Takes<TimerInfo>(trigger, problems);
        if (MethodCompiler.ResultType(method) is var result && result != typeof(void))
            problems.Add($"it returns {result}. A timer function returns nothing or a task of nothing.");
        if (settings.Resolve(timer.Schedule, problems) is not { } expression) return null;
        if (!TimerSchedule.TryParse(expression, time.GetUtcNow(), out var schedule, out var problem)) problems.Add(problem);
        if (schedule is null || problems.Count > before) return null;
        var monitor = timer.UseMonitor && !schedule.IsBelowAMinute;
        return new EntryDraft(code => new TimerFunction(name, code, schedule, monitor, timer.RunOnStartup));
    }

    private static bool Takes<T>(Trigger trigger, ICollection<string> problems)
    {
        if (trigger.Parameter.ParameterType == typeof(T)) return true;
        problems.Add($"the trigger's parameter '{trigger.Parameter.Name}' is {trigger.Parameter.ParameterType}. It has to be {typeof(T)}.");
        return false;
    }

    private static EntryDraft? Unknown(Attribute attribute, ICollection<string> problems)
    {
        problems.Add($"the trigger [{attribute.GetType().Name}] is not supported. "
            + "The embedded host has HTTP, timer, orchestration and activity triggers.");
        return null;
    }
}
