namespace Microsoft.DurableTask.Abstractions;

/// <summary>Order of version texts.</summary>
public static class TaskOrchestrationVersioningUtils
{
    /// <summary>Empty before all others; numerically if both read as <see cref="Version"/>; else as text without regard to case.</summary>
    public static int CompareVersions(string sourceVersion, string otherVersion)
    {
        if (string.IsNullOrWhiteSpace(sourceVersion) || string.IsNullOrWhiteSpace(otherVersion))
            return string.IsNullOrWhiteSpace(otherVersion).CompareTo(string.IsNullOrWhiteSpace(sourceVersion));
        return Version.TryParse(sourceVersion, out var source) && Version.TryParse(otherVersion, out var other)
            ? source.CompareTo(other)
            : string.Compare(sourceVersion, otherVersion, StringComparison.OrdinalIgnoreCase);
    }
}
