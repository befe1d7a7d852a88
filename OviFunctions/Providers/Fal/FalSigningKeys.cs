using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace OviFunctions.Providers.Fal;

/// <summary>
/// The Ed25519 public keys that fal publishes as a JWK set, cached for at most 24 hours.
/// </summary>
/// <remarks>
/// Forged callbacks must not make us call fal again and again: however many arrive, fal is asked at most once in
/// <see cref="MinInterval"/>, by one of them, and the others wait for its answer. A failed read keeps the keys that are
/// cached, as long as they are not too old.
/// </remarks>
internal sealed class FalSigningKeys(Uri url, HttpClient http, TimeProvider time, TimeSpan timeout)
{
    public static readonly TimeSpan MaxAge = TimeSpan.FromHours(24);
    public static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(30);

    private const int MaxAnswerBytes = 64 * 1024;
    private const int MaxKeys = 32;
    private const int KeyBytes = 32;
    private static readonly Snapshot Nothing = new([], null);

    private readonly Lock _gate = new();
    private Snapshot _current = Nothing;
    private Task _reading = Task.CompletedTask;
    private long? _lastRead;

    /// <summary>The keys as they were read at one time; another reading is another object.</summary>
    public sealed class Snapshot(IReadOnlyList<byte[]> keys, long? readAt)
    {
        public IReadOnlyList<byte[]> Keys => keys;

        public long? ReadAt => readAt;
    }

    /// <summary>The cached keys, read if there are none or they are too old; none when fal cannot be read.</summary>
    public async ValueTask<Snapshot> GetAsync(CancellationToken cancellationToken)
    {
        Snapshot cached;
        lock (_gate) cached = _current;
        return IsUsable(cached) ? cached : await GetNewerAsync(cached, cancellationToken);
    }

    /// <summary>Keys newer than <paramref name="known"/> if they can be had now; else the best that there is.</summary>
    public async Task<Snapshot> GetNewerAsync(Snapshot known, CancellationToken cancellationToken)
    {
        Task reading;
        lock (_gate)
        {
            if (_current == known && MayAsk())
            {
                _lastRead = time.GetTimestamp();
                _reading = ReadAsync();
            }

            reading = _reading;
        }

        await reading.WaitAsync(cancellationToken);
        lock (_gate) return IsUsable(_current) ? _current : Nothing;
    }

    private bool MayAsk() => _lastRead is not { } last || time.GetElapsedTime(last) >= MinInterval;

    private bool IsUsable(Snapshot keys) => keys.ReadAt is { } readAt && time.GetElapsedTime(readAt) < MaxAge;

    // Without the token of the callback that happened to ask: others wait for the same answer.
    private async Task ReadAsync()
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        try
        {
            using var response = await http.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            if (!response.IsSuccessStatusCode) return;
            var body = await ProviderHttp.ReadAtMostAsync(response.Content, MaxAnswerBytes, deadline.Token);
            if (body is null || Parse(body) is not { Count: > 0 } keys) return;
            lock (_gate) _current = new Snapshot(keys, time.GetTimestamp());
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // The keys that are cached stay, while they are not too old; the caller sees whether there are any.
        }
    }

    private static List<byte[]> Parse(byte[] body) =>
        ProviderJson.ParseObject(body)?.Get("keys") is { ValueKind: JsonValueKind.Array } keys
            ? [.. keys.EnumerateArray().Take(MaxKeys).Select(key => Decode(key.GetText("x"))).OfType<byte[]>()]
            : [];

    // fal's own samples disagree on padding, so both forms are read.
    private static byte[]? Decode(string? x)
    {
        var key = new byte[KeyBytes + 1];
        return Base64Url.DecodeFromChars(x, key, out _, out var length) == OperationStatus.Done && length == KeyBytes
            ? key[..KeyBytes]
            : null;
    }
}
