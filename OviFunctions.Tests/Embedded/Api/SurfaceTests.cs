using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace OviFunctions.Tests.Embedded.Api;

/// <summary>
/// What we declare in the namespaces of the real packages is a subset of their public surface, line for line, so that
/// function classes which compile here compile on Azure. Data/durable-functions-surface.txt is that surface:
/// Functions.Worker 2.52.0 and its extensions, Microsoft.DurableTask 1.25.0.
/// </summary>
public sealed class SurfaceTests
{
    [Fact]
    public void ExportedTypes_OutsideOurNamespace_AreInTheRealSurface()
    {
        var real = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Data", "durable-functions-surface.txt")).ToHashSet();
        var ours = typeof(FunctionAttribute).Assembly.GetExportedTypes()
            .Where(type => !type.FullName!.StartsWith("OviFunctions.Embedded.", StringComparison.Ordinal))
            .SelectMany(PublicSurface.Describe)
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToList();

        Assert.Contains("T class Microsoft.Azure.Functions.Worker.FunctionAttribute : System.Attribute", ours);
        Assert.True(ours.All(real.Contains), "Not in the real packages:\n" + string.Join('\n', ours.Where(line => !real.Contains(line))));
    }

    [Theory]
    [InlineData(typeof(PublicSurface), "T static class OviFunctions.Tests.Embedded.Api.PublicSurface : System.Object")]
    [InlineData(typeof(AuthorizationLevel), "M Microsoft.Azure.Functions.Worker.AuthorizationLevel :: Admin = 4")]
    [InlineData(typeof(Lazy<int>), "M System.Lazy<System.Int32> :: System.Boolean get_IsValueCreated()")]
    [InlineData(typeof(Array), "M System.Array :: static System.Int32 BinarySearch<T>(T[] array, T value)")]
    public void Describe_Type_PrintsTheLinesOfTheSurfaceFile(Type type, string line) => Assert.Contains(line, PublicSurface.Describe(type));
}

/// <summary>
/// Prints a type's public and protected members, one a line.
/// T lines: kind, full name, base. M lines: type :: static? protected? return name&lt;generics&gt;(type name = default, ...).
/// </summary>
internal static class PublicSurface
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic
        | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Describe(Type type) => Members(type)
        .Select(member => $"M {Name(type)} :: {member}")
        .Prepend($"T {Kind(type)} {Name(type)} : {(type.BaseType is null ? "" : Name(type.BaseType))}");

    private static IEnumerable<string> Members(Type type)
    {
        var constructors = type.GetConstructors(Declared).Where(Visible).Select(c => $".ctor({Parameters(c)})");
        var methods = type.GetMethods(Declared).Where(Visible).Where(m => !m.Name.Contains('.') && m.Name is not "<Clone>$").Select(Method);
        var fields = type.IsEnum
            ? Enum.GetNames(type).Select(name => $"{name} = {Convert.ToInt64(Enum.Parse(type, name))}")
            : type.GetFields(Declared).Where(f => f.IsPublic || f.IsFamily)
                .Select(f => $"{(f.IsStatic ? "static " : "")}{Name(f.FieldType)} {f.Name}");
        return constructors.Concat(methods).Concat(fields);
    }

    private static string Kind(Type type) => type switch
    {
        { IsEnum: true } => "enum",
        { IsInterface: true } => "interface",
        { IsValueType: true } => "struct",
        _ when typeof(Delegate).IsAssignableFrom(type) => "delegate",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static string Method(MethodInfo method) =>
        $"{(method.IsStatic ? "static " : "")}{(method.IsFamily ? "protected " : "")}{Name(method.ReturnType)} {method.Name}"
        + (method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(g => g.Name))}>" : "")
        + $"({Parameters(method)})";

    private static bool Visible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(p =>
        $"{Name(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? $" = {p.RawDefaultValue ?? "default"}" : "")}"));

    public static string Name(Type type)
    {
        if (type.IsByRef) return Name(type.GetElementType()!) + "&";
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (type.IsGenericParameter) return type.Name;
        var name = (type.DeclaringType is { } outer ? Name(outer) : type.Namespace) + "." + type.Name.Split('`')[0];
        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
    }
}
