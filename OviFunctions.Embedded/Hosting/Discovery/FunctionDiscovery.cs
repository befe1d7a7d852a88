using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Extensions.DependencyInjection;
using OviFunctions.Embedded.Hosting.Invocation;

namespace OviFunctions.Embedded.Hosting.Discovery;

/// <summary>Finds the functions of an app by their attributes, and says of those that cannot run why.</summary>
internal sealed partial class FunctionDiscovery(ParameterBinding parameters, TriggerReading triggers)
{
    private const BindingFlags AnyMethod = BindingFlags.Public | BindingFlags.NonPublic
        | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>The functions that have no problem; the problems of all others are added to <paramref name="problems"/>.</summary>
    public FunctionCatalog Discover(IEnumerable<Type> types, ICollection<string> problems)
    {
        var functions = types
            .SelectMany(type => type.GetMethods(AnyMethod))
            .Select(method => (Method: method, method.GetCustomAttribute<FunctionAttribute>()?.Name))
            .Where(found => found.Name is not null)
            .OrderBy(found => found.Name, StringComparer.Ordinal)
            .Select(found => (found.Method, Entry: Read(found.Method, found.Name!, problems)))
            .ToList();

        foreach (var same in functions.GroupBy(f => f.Entry.Name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
        {
            var places = string.Join(" and ", same.Select(f => Place(f.Method)));
            problems.Add($"The function name '{same.Key}' is used by {places}. Names are unique, whatever the case.");
        }

        var entries = functions.Select(f => f.Entry.Function).OfType<FunctionEntry>().ToList();
        AddDuplicates("orchestrator", entries.OfType<OrchestratorFunction>().Select(f => (f.TaskName, f.Name)), problems);
        AddDuplicates("activity", entries.OfType<ActivityFunction>().Select(f => (f.TaskName, f.Name)), problems);
        HttpRoutes.AddConflicts(entries.OfType<HttpFunction>().ToList(), problems);
        return new FunctionCatalog(entries);
    }

    private (string Name, FunctionEntry? Function) Read(MethodInfo method, string name, ICollection<string> problems)
    {
        var place = $"Function '{name}' ({Place(method)})";
        var own = new List<string>();
        AddMethodProblems(method, name, own);

        FunctionEntry? entry = null;
        if (!method.ContainsGenericParameters && SingleTrigger(method, own) is { } trigger
            && triggers.Read(method, name, trigger, own) is { } create)
        {
            var binders = method.GetParameters().Select(p => parameters.Bind(p, trigger, create.Route, own)).ToList();
            var factory = Factory(method, own);
            // Only what has no problem can be compiled.
            if (own.Count == 0)
            {
                var definition = new MethodDefinition(name, method);
                entry = create.Make(new FunctionCode(definition, MethodCompiler.Compile(method), factory, binders!));
            }
        }

        foreach (var problem in own) problems.Add($"{place}: {problem}");
        return (name, entry);
    }

    private static Trigger? SingleTrigger(MethodInfo method, List<string> problems)
    {
        var found = method.GetParameters()
            .SelectMany(p => p.GetCustomAttributes<TriggerBindingAttribute>().Select(attribute => new Trigger(p, attribute)))
            .ToList();
        if (found.Count == 1) return found[0];
        problems.Add(found.Count == 0
            ? "no parameter has a trigger attribute. A function has exactly one."
            : $"several triggers: {string.Join(", ", found.Select(t => $"'{t.Parameter.Name}'"))}. A function has exactly one.");
        return null;
    }

    private static void AddMethodProblems(MethodInfo method, string name, List<string> problems)
    {
        if (!FunctionNames().IsMatch(name) || name.Equals("host", StringComparison.OrdinalIgnoreCase))
            problems.Add("the name is not valid. It has 1 to 128 letters, digits, '_' and '-', begins with a letter and is not 'host'.");
        if (!method.IsPublic) problems.Add("the method is not public; Azure Functions would not find it.");
        if (method.ContainsGenericParameters) problems.Add("the method or its class is generic.");
        if (method is { IsStatic: false, DeclaringType.IsAbstract: true }) problems.Add("the class is abstract.");
        if (method.ReturnType == typeof(void) && method.IsDefined(typeof(AsyncStateMachineAttribute)))
            problems.Add("the method is 'async void'; nobody could wait for it. Return a Task.");
        if (method.DeclaringType!.GetMethods(AnyMethod).Count(other => other.Name == method.Name) > 1)
            problems.Add("the method has overloads; Azure Functions finds a method by its name alone.");
    }

    private static ObjectFactory? Factory(MethodInfo method, List<string> problems)
    {
        if (method is { IsStatic: true } or { DeclaringType.IsAbstract: true }) return null;
        try
        {
            return ActivatorUtilities.CreateFactory(method.DeclaringType!, Type.EmptyTypes);
        }
        catch (InvalidOperationException e)
        {
            problems.Add(e.Message);
            return null;
        }
    }

    private static void AddDuplicates(string kind, IEnumerable<(string TaskName, string Function)> names, ICollection<string> problems)
    {
        foreach (var same in names.GroupBy(n => n.TaskName, n => n.Function, StringComparer.OrdinalIgnoreCase))
        {
            // Equal function names are a problem of their own.
            var functions = same.Distinct(StringComparer.OrdinalIgnoreCase).ToList();
            if (functions.Count > 1) problems.Add($"The {kind} name '{same.Key}' is used by the functions {string.Join(", ", functions)}.");
        }
    }

    private static string Place(MethodInfo method) => $"{method.DeclaringType!.FullName}.{method.Name}";

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_-]{0,127}$")]
    private static partial Regex FunctionNames();
}

/// <summary>What starts a function, and the parameter that says so.</summary>
internal sealed record Trigger(ParameterInfo Parameter, TriggerBindingAttribute Attribute);
