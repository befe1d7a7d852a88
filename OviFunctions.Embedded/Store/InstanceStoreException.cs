namespace OviFunctions.Embedded.Store;

/// <summary>The store could not read or write. Trying again may help: a full disk, for example, can be emptied.</summary>
internal sealed class InstanceStoreException : IOException
{
    public InstanceStoreException(string message) : base(message) { }

    public InstanceStoreException(string message, Exception innerException) : base(message, innerException) { }
}
