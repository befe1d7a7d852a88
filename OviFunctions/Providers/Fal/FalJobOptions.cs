using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OviFunctions.Providers.Fal;

/// <summary>
/// The buyer's <c>fal_options</c>: an allow-list, because every key becomes a header of a request that carries our
/// account. Anything that could set the model's input, the webhook, the credentials or the storage is not on it.
/// </summary>
/// <remarks>
/// A seller can let other keys pass (<c>Jobs:PassUnknownFalOptions</c>), as single values beside the fields that we fill: a model of
/// fal's may have grown one. They never become headers and never replace a field of ours.
/// </remarks>
public static partial class FalJobOptions
{
    private const int MaxProblems = 8;
    private const int MaxShownKey = 64;

    // The clip must outlive our copy of it; a year is more than anybody needs of a copy that nobody reads.
    private const long MinLifecycleSeconds = 3600;
    private const long MaxLifecycleSeconds = 31_536_000;
    private const decimal MaxStartTimeoutSeconds = 3600;
    private const int MaxUnknown = 16;
    private const int MaxUnknownText = 500;

    /// <summary>What is ours to fill, or means something else at fal than a parameter of the model.</summary>
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "prompt", "image_url", "resolution", "negative_prompt", "audio_negative_prompt", "num_inference_steps", "seed",
        "fal_webhook", "webhook_url", "sync_mode", "logs", "fal_max_queue_length",
    };

    private static readonly Dictionary<string, Func<JsonElement, (string? Value, string Expected)>> Known = new(StringComparer.Ordinal)
    {
        ["priority"] = Priority,
        ["start_timeout"] = StartTimeout,
        ["object_lifecycle"] = ObjectLifecycle,
        ["no_retry"] = NoRetry,
    };

    /// <summary>
    /// Checks a <c>fal_options</c> value. A key whose value is null counts as absent.
    /// </summary>
    /// <param name="options">The value.</param>
    /// <param name="passUnknown">Whether keys that are not on the list may have a text, a number or a truth value.</param>
    /// <returns>
    /// Either the allowed options, for <see cref="SubmitRequest.Options"/>, those on the list in canonical text and others as JSON;
    /// or what is wrong. Never both.
    /// </returns>
    public static FalJobOptionsResult Parse(JsonElement options, bool passUnknown = false)
    {
        if (options.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined) return new FalJobOptionsResult(Empty, []);
        if (options.ValueKind != JsonValueKind.Object)
            return new FalJobOptionsResult(Empty, [new FalOptionProblem("", "fal_options must be a JSON object.")]);

        var allowed = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var problems = new List<FalOptionProblem>();
        foreach (var option in options.EnumerateObject())
        {
            if (problems.Count == MaxProblems) break;
            var key = NameOf(option);
            if (!Known.TryGetValue(key, out var read) && passUnknown && IsParameter(key)) read = AnyValue;
            if (read is null)
            {
                problems.Add(new FalOptionProblem(Shown(key), $"is not supported; supported are {string.Join(", ", Known.Keys)}."));
            }
            else if (!seen.Add(key))
            {
                problems.Add(new FalOptionProblem(key, "stands there twice; give it once."));
            }
            else if (option.Value.ValueKind != JsonValueKind.Null)
            {
                var (value, expected) = read(option.Value);
                if (value is null) problems.Add(new FalOptionProblem(key, $"must be {expected}."));
                else allowed[key] = value;
            }
        }

        if (allowed.Keys.Count(key => !Known.ContainsKey(key)) > MaxUnknown)
            problems.Add(new FalOptionProblem("", $"fal_options may have {MaxUnknown} keys that this gateway does not know."));

        return problems.Count > 0 ? new FalJobOptionsResult(Empty, problems) : new FalJobOptionsResult(allowed, []);
    }

    /// <summary>The request headers of one allowed option; none for a key that is not on the list.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> HeadersOf(string key, string value)
    {
        switch (key)
        {
            case "priority":
                yield return new("X-Fal-Queue-Priority", value);
                break;
            case "start_timeout":
                // fal's queue reference has both names: the first is the legacy one that the documentation and the JavaScript
                // client (1.10) use, the second the one that the Python client has moved to. Both mean the time to start.
                yield return new("X-Fal-Request-Timeout", value);
                yield return new("X-Fal-Request-Start-Timeout", value);
                break;
            case "object_lifecycle":
                yield return new("X-Fal-Object-Lifecycle-Preference", $$"""{"expiration_duration_seconds":{{value}}}""");
                break;
            case "no_retry" when value == "true":
                yield return new("X-Fal-No-Retry", "1");
                break;
        }
    }

    /// <summary>The options that go into the body of the request, as JSON.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> OfBody(IReadOnlyDictionary<string, string> options) =>
        options.Where(option => !Known.ContainsKey(option.Key) && IsParameter(option.Key));

    private static bool IsParameter(string key) => UnknownKey().IsMatch(key) && !Reserved.Contains(key);

    private static (string?, string) AnyValue(JsonElement value) =>
        (value.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False && value.GetRawText().Length <= MaxUnknownText ? value.GetRawText()
            : value.AsText() is { Length: <= MaxUnknownText } text ? JsonSerializer.Serialize(text)
            : null,
         $"a text of at most {MaxUnknownText} characters, a number, true or false");

    [GeneratedRegex(@"\A[a-z][a-z0-9_]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex UnknownKey();

    private static SortedDictionary<string, string> Empty => new(StringComparer.Ordinal);

    private static (string?, string) Priority(JsonElement value) =>
        (value.AsText() is "normal" or "low" ? value.AsText() : null, "\"normal\" or \"low\"");

    private static (string?, string) StartTimeout(JsonElement value) =>
        (value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var exact)
            && Math.Round(exact, 3) is > 1 and <= MaxStartTimeoutSeconds and var seconds
            ? seconds.ToString("0.###", CultureInfo.InvariantCulture)
            : null,
         $"a number of seconds above 1 and at most {MaxStartTimeoutSeconds}");

    private static (string?, string) ObjectLifecycle(JsonElement value) =>
        (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var seconds)
            && seconds is >= MinLifecycleSeconds and <= MaxLifecycleSeconds
            ? seconds.ToString(CultureInfo.InvariantCulture)
            : null,
         $"a whole number of seconds from {MinLifecycleSeconds} to {MaxLifecycleSeconds}");

    private static (string?, string) NoRetry(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => ("true", ""),
        JsonValueKind.False => ("false", ""),
        _ => (null, "true or false"),
    };

    private static string NameOf(JsonProperty option)
    {
        try
        {
            return option.Name;
        }
        catch (InvalidOperationException) // half a surrogate pair
        {
            return "\uFFFD";
        }
    }

    private static string Shown(string key) => ProviderText.Clean(key.Length > MaxShownKey ? key[..MaxShownKey] + "…" : key);
}

/// <summary>The outcome of <see cref="FalJobOptions.Parse"/>.</summary>
/// <param name="Allowed">The options in canonical text, sorted by key; empty when there are problems.</param>
/// <param name="Problems">What is wrong, at most 8 entries; empty when the options may be used.</param>
public sealed record FalJobOptionsResult(IReadOnlyDictionary<string, string> Allowed, IReadOnlyList<FalOptionProblem> Problems);

/// <summary>One problem of the buyer's <c>fal_options</c>.</summary>
/// <param name="Key">The key; empty when the value as a whole is wrong.</param>
/// <param name="Text">What is wrong with it and what would be right, to follow the key in a sentence.</param>
public sealed record FalOptionProblem(string Key, string Text);
