using Microsoft.AspNetCore.Routing.Patterns;
using OviFunctions.Embedded.Hosting.Invocation;
using OviFunctions.Embedded.Hosting.Timers;

namespace OviFunctions.Embedded.Hosting.Discovery;

/// <summary>A function that was found and understood.</summary>
internal abstract record FunctionEntry(string Name, FunctionCode Code);

/// <param name="Name">The function's name.</param>
/// <param name="Code">Its method.</param>
/// <param name="Route">The route with its prefix.</param>
/// <param name="Methods">The methods in upper case; empty is every method.</param>
internal sealed record HttpFunction(string Name, FunctionCode Code, RoutePattern Route, IReadOnlyList<string> Methods)
    : FunctionEntry(Name, Code);

internal sealed record TimerFunction(string Name, FunctionCode Code, TimerSchedule Schedule, bool UseMonitor, bool RunOnStartup)
    : FunctionEntry(Name, Code);

/// <param name="Name">The function's name.</param>
/// <param name="Code">Its method.</param>
/// <param name="TaskName">The name that orchestrations are started by.</param>
internal sealed record OrchestratorFunction(string Name, FunctionCode Code, string TaskName) : FunctionEntry(Name, Code);

/// <param name="Name">The function's name.</param>
/// <param name="Code">Its method.</param>
/// <param name="TaskName">The name that orchestrators call it by.</param>
internal sealed record ActivityFunction(string Name, FunctionCode Code, string TaskName) : FunctionEntry(Name, Code);

/// <summary>All functions of an app.</summary>
internal sealed record FunctionCatalog(IReadOnlyList<FunctionEntry> Functions);
