namespace OviFunctions.Providers;

/// <summary>The configured provider accounts, by name.</summary>
public sealed class ProviderCatalog(IEnumerable<IVideoProvider> providers)
{
    private readonly Dictionary<string, IVideoProvider> _byName = providers.ToDictionary(p => p.Name, StringComparer.Ordinal);

    /// <exception cref="KeyNotFoundException">The account was configured when the job was planned and is not any more.</exception>
    public IVideoProvider this[string name] => Find(name)
        ?? throw new KeyNotFoundException($"The provider \"{name}\" is not in Providers any more; jobs that were planned with it need it.");

    public IVideoProvider? Find(string name) => _byName.GetValueOrDefault(name);
}
