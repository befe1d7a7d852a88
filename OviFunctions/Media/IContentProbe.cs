namespace OviFunctions.Media;

/// <summary>Looks at a file while it passes by, in chunks of any size.</summary>
internal interface IContentProbe
{
    /// <summary>Takes the next bytes. False once it is certain that the file is refused; more bytes change nothing then.</summary>
    bool Append(ReadOnlySpan<byte> chunk);
}
