using OviFunctions.Http;

namespace OviFunctions.Tests.Support;

/// <summary>A body that never ends and has no length.</summary>
internal sealed class EndlessStream : ForwardOnlyStream
{
    public override int Read(byte[] buffer, int offset, int count) => count;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(buffer.Length);
}
