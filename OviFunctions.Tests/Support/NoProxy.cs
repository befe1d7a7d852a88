using System.Runtime.CompilerServices;
using OviFunctions.DevStack.Parts;

namespace OviFunctions.Tests.Support;

/// <summary>Every test's peer is on loopback, also on a machine whose way out is a proxy.</summary>
internal static class NoProxy
{
    [ModuleInitializer]
    internal static void Apply() => Loopback.ExemptFromProxies();
}
