namespace OviFunctions.Providers;

/// <summary>The configured provider accounts, by name.</summary>
public sealed class ProviderCatalog(IEnumerable<IVideoProvider> providers)
{
    private readonly Dictionary<string, IVideoProvider> _byName = providers.ToDictionary(p => p.Name, StringComparer.Ordinal);

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<IVideoProvider> All => _byName.Values;

    /// <summary>The account; null when it was configured when a job was planned and is not any more.</summary>
    public IVideoProvider? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>What becomes of a job's attempt at an account that is not configured any more: the next lane can still deliver.</summary>
    public static ProviderFailure Removed(string name) =>
        new(FailureClass.ProviderUnavailable, ProviderFailure.NotSent, $"The provider \"{name}\" is not in Providers any more.");
}
