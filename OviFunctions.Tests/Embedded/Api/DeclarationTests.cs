using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Azure.Functions.Worker;

namespace OviFunctions.Tests.Embedded.Api;

/// <summary>
/// The surface test's second half: how the types are declared. Data/durable-functions-declarations.txt has it of the real packages
/// (the versions of <see cref="SurfaceTests"/>), for the types that we offer.
/// </summary>
public sealed class DeclarationTests
{
    private static readonly HashSet<string> Real =
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Data", "durable-functions-declarations.txt"))];

    /// <summary>Enums and delegates have nothing here in which they could differ.</summary>
    private static readonly Type[] Ours = [.. typeof(FunctionAttribute).Assembly.GetExportedTypes()
        .Where(t => !t.FullName!.StartsWith("OviFunctions.Embedded.", StringComparison.Ordinal))
        .Where(t => !t.IsEnum && !t.IsAssignableTo(typeof(Delegate)))];

    [Fact]
    public void ExportedTypes_OutsideOurNamespace_AreDeclaredLikeTheRealOnes()
    {
        var ours = Ours.SelectMany(PublicDeclaration.Describe).ToArray();

        Assert.Contains("A Microsoft.Azure.Functions.Worker.HttpTriggerAttribute : Parameter", ours);
        Assert.True(ours.All(Real.Contains), "Not so in the real packages:\n" + string.Join('\n', ours.Where(line => !Real.Contains(line))));
    }

    /// <summary>A class that derives from ours would not compile against the real one, which asks for more.</summary>
    [Fact]
    public void AbstractMembers_OfTheRealTypesThatWeOffer_AreOffered()
    {
        var ours = Ours.SelectMany(PublicDeclaration.Describe).ToHashSet();
        var prefixes = Ours.Select(t => $" {PublicSurface.Name(t)} :: abstract ").ToArray();
        var asked = Real.Where(line => prefixes.Any(p => line.Contains(p, StringComparison.Ordinal))).ToArray();

        Assert.NotEmpty(asked);
        Assert.True(asked.All(ours.Contains), "Not offered:\n" + string.Join('\n', asked.Where(line => !ours.Contains(line))));
    }

    [Theory]
    [InlineData(typeof(Stream), "T System.IO.Stream : IAsyncDisposable, IDisposable")]
    [InlineData(typeof(MemoryStream), "T System.IO.MemoryStream :")]
    [InlineData(typeof(Stream), "P System.IO.Stream :: abstract Position { get; set; }")]
    [InlineData(typeof(Stream), "M System.IO.Stream :: Close()", false)]
    [InlineData(typeof(Stream), "M System.IO.Stream :: virtual Close()")]
    [InlineData(typeof(MemoryStream), "M System.IO.MemoryStream :: override Flush()")]
    [InlineData(typeof(Attribute), "A System.Attribute : All")]
    [InlineData(typeof(InlineDataAttribute), "A Xunit.InlineDataAttribute : Method, multiple")]
    public void Describe_Type_PrintsHowItIsDeclared(Type type, string line, bool expected = true) =>
        Assert.Equal(expected, PublicDeclaration.Describe(type).Contains(line));
}

/// <summary>
/// Prints how a type and its public and protected instance members are declared, one a line.
/// T lines: type and the interfaces that it adds. A lines: an attribute's usage. M and P lines: abstract, virtual, override or none.
/// </summary>
internal static class PublicDeclaration
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Describe(Type type)
    {
        var name = PublicSurface.Name(type);
        yield return $"T {name} : {string.Join(", ", Interfaces(type))}".TrimEnd();
        if (type.IsAssignableTo(typeof(Attribute))) yield return $"A {name} : {Usage(type)}";
        foreach (var method in type.GetMethods(Declared).Where(m => Visible(m) && IsWritten(m)))
            yield return $"M {name} :: {Modifier(method)}{method.Name}{Generics(method)}({Parameters(method)})";
        foreach (var property in type.GetProperties(Declared).Where(p => p.GetAccessors(nonPublic: true).Any(Visible)))
        {
            if (property.Name is "EqualityContract" || property.Name.Contains('.')) continue;
            var accessors = new[] { Accessor(property.GetMethod, "get;"), Accessor(property.SetMethod, IsInit(property) ? "init;" : "set;") };
            yield return $"P {name} :: {Modifier(property.GetAccessors(nonPublic: true)[0])}{property.Name} {{ "
                + $"{string.Join(' ', accessors.Where(a => a.Length > 0))} }}";
        }
    }

    private static IEnumerable<string> Interfaces(Type type)
    {
        var all = type.GetInterfaces();
        return all.Except(type.BaseType?.GetInterfaces() ?? []).Where(i => !all.Any(other => other.GetInterfaces().Contains(i)))
            .Select(i => i.Name.Split('`')[0]).Order(StringComparer.Ordinal);
    }

    private static string Usage(Type type)
    {
        var usage = type.GetCustomAttribute<AttributeUsageAttribute>(inherit: true)!;
        return $"{usage.ValidOn}{(usage.AllowMultiple ? ", multiple" : "")}{(usage.Inherited ? "" : ", not inherited")}";
    }

    /// <summary>Not an accessor, an operator, or what the compiler adds to a record.</summary>
    private static bool IsWritten(MethodInfo method) =>
        !method.IsSpecialName && !method.IsDefined(typeof(CompilerGeneratedAttribute)) && !method.Name.Contains('.');

    private static bool IsInit(PropertyInfo property) =>
        property.SetMethod?.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ?? false;

    private static string Accessor(MethodInfo? accessor, string text) => accessor is not null && Visible(accessor) ? text : "";

    private static string Modifier(MethodInfo method) => method switch
    {
        { IsVirtual: false } or { IsFinal: true } => "",
        { IsAbstract: true } => "abstract ",
        _ => method.GetBaseDefinition() == method ? "virtual " : "override ",
    };

    private static string Generics(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(g => g.Name))}>" : "";

    private static string Parameters(MethodInfo method) => string.Join(", ", method.GetParameters().Select(p => p.Name));

    private static bool Visible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;
}
