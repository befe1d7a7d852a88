using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace OviFunctions.Embedded.Hosting.Invocation;

/// <summary>Reads a parameter's value from an execution.</summary>
internal delegate object? ParameterBinder(InvocationContext context);

/// <summary>A function's method, ready to run: nothing is looked up by reflection when it does.</summary>
/// <param name="definition">What the function's context says of it.</param>
/// <param name="method">The method, see <see cref="MethodCompiler"/>.</param>
/// <param name="createInstance">Makes the object to call the method on; null for a static method.</param>
/// <param name="binders">One for each parameter.</param>
internal sealed class FunctionCode(
    FunctionDefinition definition, CompiledMethod method, ObjectFactory? createInstance, IReadOnlyList<ParameterBinder> binders)
{
    public FunctionDefinition Definition { get; } = definition;

    /// <summary>Runs the method; the result is what it returned, without its task.</summary>
    public async Task<object?> RunAsync(InvocationContext context)
    {
        var arguments = new object?[binders.Count];
        for (var i = 0; i < arguments.Length; i++) arguments[i] = binders[i](context);

        if (createInstance is null) return await method(null, arguments);

        var instance = createInstance(context.InstanceServices, null);
        try
        {
            return await method(instance, arguments);
        }
        finally
        {
            if (instance is IAsyncDisposable asyncDisposable) await asyncDisposable.DisposeAsync();
            else (instance as IDisposable)?.Dispose();
        }
    }
}
