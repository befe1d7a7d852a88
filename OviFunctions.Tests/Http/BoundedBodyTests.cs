using Microsoft.AspNetCore.Http;
using OviFunctions.Http;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Http;

public sealed class BoundedBodyTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(199_999)]
    [InlineData(200_000)]
    public async Task ReadAsync_UpToTheLimit_IsWhole(int length)
    {
        var bytes = Bytes(length);

        Assert.Equal(bytes, (await ReadAsync(bytes, declared: length))!.Value.ToArray());
        Assert.Equal(bytes, (await ReadAsync(bytes, declared: null))!.Value.ToArray());
    }

    [Fact]
    public async Task ReadAsync_OneMore_IsTooLarge()
    {
        Assert.Null(await ReadAsync(Bytes(200_001), declared: 200_001));
        Assert.Null(await ReadAsync(Bytes(200_001), declared: null));
    }

    [Fact]
    public async Task ReadAsync_DeclaredTooLarge_IsNotRead()
    {
        var body = new CountingStream(Bytes(10));

        Assert.Null(await BoundedBody.ReadAsync(Request(body, 200_001), 200_000, default));
        Assert.Equal(0, body.Reads);
    }

    [Fact]
    public async Task ReadAsync_EndlessBody_EndsAtTheLimit() =>
        Assert.Null(await BoundedBody.ReadAsync(Request(new EndlessStream(), null), 200_000, default));

    [Fact]
    public async Task ReadAsync_BodyInSmallPieces_IsWhole()
    {
        var bytes = Bytes(150_000);

        var read = await BoundedBody.ReadAsync(Request(new CountingStream(bytes, piece: 777), null), 200_000, default);

        Assert.Equal(bytes, read!.Value.ToArray());
    }

    [Fact]
    public async Task ReadAsync_ClaimedLength_ReservesNoMemory()
    {
        // Claiming is free: a thousand connections that claim 14 MB and send nothing must not take 14 GB.
        var before = GC.GetAllocatedBytesForCurrentThread();

        await BoundedBody.ReadAsync(Request(new MemoryStream([1, 2, 3]), 14_000_000), 14_680_064, default);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    private static Task<ReadOnlyMemory<byte>?> ReadAsync(byte[] bytes, long? declared) =>
        BoundedBody.ReadAsync(Request(new MemoryStream(bytes), declared), 200_000, default);

    private static HttpRequest Request(Stream body, long? declared)
    {
        var request = new HttpExchange("POST").Request;
        (request.Body, request.ContentLength) = (body, declared);
        return request;
    }

    private static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 31))];

    private sealed class CountingStream(byte[] bytes, int piece = int.MaxValue) : MemoryStream(bytes)
    {
        public int Reads { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Reads++;
            return new(Read(buffer.Span[..Math.Min(buffer.Length, piece)]));
        }
    }
}
