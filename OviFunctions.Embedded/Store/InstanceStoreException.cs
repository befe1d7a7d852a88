namespace OviFunctions.Embedded.Store;

/// <summary>The store could not read or write. Trying again may help: a full disk, for example, can be emptied.</summary>
internal sealed class InstanceStoreException : IOException
{
    public InstanceStoreException(string message) : base(message) { }

    public InstanceStoreException(string message, Exception innerException) : base(message, innerException) { }

    /// <summary>The storage works; the one write broke a rule, such as a constraint, or its code is wrong.</summary>
    public bool IsOfOneWrite { get; init; }

    /// <summary>What was read is not what a database holds: damaged, or the disk gives read errors. Other instances may be whole.</summary>
    public bool IsDamage { get; init; }

    /// <summary>The storage as a whole fails: it is full, locked, or does not answer.</summary>
    public bool IsOfStorage => !IsOfOneWrite && !IsDamage;
}
