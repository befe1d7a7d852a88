namespace OviFunctions.Embedded.Hosting;

/// <summary>The host cannot start; each problem is a sentence that names what is wrong and what would be right.</summary>
public sealed class EmbeddedHostException(IReadOnlyList<string> problems, Exception? innerException = null)
    : Exception(string.Join(Environment.NewLine, problems), innerException)
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
