using System.Collections.Immutable;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace OviFunctions.Embedded.Hosting.Discovery;

/// <summary>A function's definition as its method shows it.</summary>
internal sealed class MethodDefinition(string name, MethodInfo method) : FunctionDefinition
{
    public override ImmutableArray<FunctionParameter> Parameters { get; } =
        [.. method.GetParameters().Select(p => new FunctionParameter(p.Name!, p.ParameterType, p.HasDefaultValue, p.DefaultValue))];

    public override string PathToAssembly { get; } = method.DeclaringType!.Assembly.Location;

    public override string EntryPoint { get; } = $"{method.DeclaringType!.FullName}.{method.Name}";

    public override string Id => Name;

    public override string Name { get; } = name;

    public override IImmutableDictionary<string, BindingMetadata> InputBindings { get; } = method.GetParameters()
        .Where(p => p.IsDefined(typeof(BindingAttribute)))
        .ToImmutableDictionary(p => p.Name!, p => (BindingMetadata)new InputBinding(p.Name!, BindingType(p)));

    public override IImmutableDictionary<string, BindingMetadata> OutputBindings { get; } =
        ImmutableDictionary<string, BindingMetadata>.Empty;

    /// <summary><c>HttpTriggerAttribute</c> is <c>httpTrigger</c>.</summary>
    private static string BindingType(ParameterInfo parameter)
    {
        var name = parameter.GetCustomAttributes<BindingAttribute>().First().GetType().Name;
        return char.ToLowerInvariant(name[0]) + name[1..].Replace("Attribute", "", StringComparison.Ordinal);
    }

    private sealed class InputBinding(string name, string type) : BindingMetadata
    {
        public override string Name => name;

        public override string Type => type;

        public override BindingDirection Direction => BindingDirection.In;
    }
}
