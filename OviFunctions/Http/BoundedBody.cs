using Microsoft.AspNetCore.Http;

namespace OviFunctions.Http;

/// <summary>Request bodies with a limit of our own, whatever the server's is.</summary>
internal static class BoundedBody
{
    /// <summary>Memory follows what has arrived, never the length that a stranger claims.</summary>
    private const int FirstBuffer = 64 * 1024;

    /// <summary>The whole body; null when it is longer than the limit.</summary>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, int limit, CancellationToken cancellationToken)
    {
        if (request.ContentLength > limit) return null;
        var buffer = new byte[(int)Math.Min(Math.Min(request.ContentLength + 1 ?? FirstBuffer, FirstBuffer), limit + 1L)];
        var length = 0;
        while (true)
        {
            var read = await request.Body.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0) return buffer.AsMemory(0, length);
            length += read;
            if (length > limit) return null;
            if (length == buffer.Length) Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, limit + 1L));
        }
    }
}
