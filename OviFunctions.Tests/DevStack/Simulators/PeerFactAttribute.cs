using OviFunctions.DevStack.Simulators;

namespace OviFunctions.Tests.DevStack.Simulators;

/// <summary>A test with a vendor's own npm package; skipped where the package is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PeerFactAttribute : FactAttribute
{
    public PeerFactAttribute(string package)
    {
        Package = package;
        if (RepositoryFiles.NodeModulesWith(package) is null)
            Skip = $"{package} is not installed: npm ci in OviFunctions.DevStack/peers, or NODE_PATH.";
    }

    public string Package { get; }
}
