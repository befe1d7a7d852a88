namespace OviFunctions.Jobs;

/// <summary>The models that are sold, by name.</summary>
public sealed class VideoModels(IEnumerable<IVideoModel> models)
{
    private readonly Dictionary<string, IVideoModel> _byName = models.ToDictionary(m => m.Name, StringComparer.Ordinal);

    /// <exception cref="KeyNotFoundException">The model is not sold (any more).</exception>
    public IVideoModel this[string name] => _byName.TryGetValue(name, out var model)
        ? model
        : throw new KeyNotFoundException($"The model \"{name}\" is not sold here.");

    public IEnumerable<IVideoModel> All => _byName.Values;
}
