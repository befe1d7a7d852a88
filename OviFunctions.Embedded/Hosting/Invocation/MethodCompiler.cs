using System.Linq.Expressions;
using System.Reflection;

namespace OviFunctions.Embedded.Hosting.Invocation;

/// <summary>Calls a method. The result is what it returned, without its task; null when that is nothing.</summary>
internal delegate Task<object?> CompiledMethod(object? instance, object?[] arguments);

/// <summary>Makes delegates of methods.</summary>
internal static class MethodCompiler
{
    public static CompiledMethod Compile(MethodInfo method)
    {
        var instance = Expression.Parameter(typeof(object), "instance");
        var arguments = Expression.Parameter(typeof(object?[]), "arguments");
        var call = Expression.Call(
            method.IsStatic ? null : Expression.Convert(instance, method.DeclaringType!),
            method,
            method.GetParameters().Select((parameter, i) =>
                Expression.Convert(Expression.ArrayIndex(arguments, Expression.Constant(i)), parameter.ParameterType)));
        return Expression.Lambda<CompiledMethod>(AsTask(call), instance, arguments).Compile();
    }

    /// <summary>The type of what a method returns, without its task; void for nothing.</summary>
    public static Type ResultType(MethodInfo method)
    {
        var type = method.ReturnType;
        if (type == typeof(Task) || type == typeof(ValueTask)) return typeof(void);
        return IsGeneric(type, typeof(Task<>)) || IsGeneric(type, typeof(ValueTask<>)) ? type.GetGenericArguments()[0] : type;
    }

    private static Expression AsTask(Expression call)
    {
        var type = call.Type;
        if (type == typeof(void)) return Expression.Block(call, Expression.Constant(Task.FromResult<object?>(null)));
        if (type == typeof(Task)) return Await(nameof(FromTask), call);
        if (type == typeof(ValueTask)) return Await(nameof(FromValueTask), call);
        if (IsGeneric(type, typeof(Task<>))) return Await(nameof(FromTaskOf), call, type.GetGenericArguments());
        if (IsGeneric(type, typeof(ValueTask<>))) return Await(nameof(FromValueTaskOf), call, type.GetGenericArguments());
        return Await(nameof(FromValue), call, type);
    }

    private static MethodCallExpression Await(string adapter, Expression call, params Type[] typeArguments) =>
        Expression.Call(typeof(MethodCompiler), adapter, typeArguments, call);

    private static bool IsGeneric(Type type, Type definition) => type.IsGenericType && type.GetGenericTypeDefinition() == definition;

    private static async Task<object?> FromTask(Task task)
    {
        await task;
        return null;
    }

    private static async Task<object?> FromTaskOf<T>(Task<T> task) => await task;

    private static async Task<object?> FromValueTask(ValueTask task)
    {
        await task;
        return null;
    }

    private static async Task<object?> FromValueTaskOf<T>(ValueTask<T> task) => await task;

    private static Task<object?> FromValue<T>(T value) => Task.FromResult<object?>(value);
}
