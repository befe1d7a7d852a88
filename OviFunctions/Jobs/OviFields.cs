using System.Security.Cryptography;
using System.Text.Json;
using OviFunctions.Configuration;
using OviFunctions.Jobs.Prompts;
using OviFunctions.Providers;
using OviFunctions.Providers.Fal;

namespace OviFunctions.Jobs;

/// <summary>What the requests of OVI's models have in common: fields, defaults (the Daydreams listing's), needs and prices.</summary>
internal static class OviFields
{
    public const string DefaultResolution = "992x512";
    private const string DefaultNegativePrompt = "jitter, bad hands, blur, distortion";
    private const string DefaultAudioNegativePrompt = "robotic, muffled, echo, distorted";
    private const int DefaultSteps = 30;
    private const int MaxSteps = 50;
    private const long LargestSeed = 9_007_199_254_740_991;
    private const int MaxNegativePrompt = 2000;

    /// <summary>The sizes that can be asked for.</summary>
    public static readonly string[] Resolutions = ["512x992", "992x512", "960x512", "512x960", "720x720", "448x1120", "1120x448"];

    /// <summary>Reads the fields that both models have; what is wrong with them is reported.</summary>
    /// <param name="fields">The body.</param>
    /// <param name="common">Reads what other models have too.</param>
    /// <param name="passUnknownOptions"><c>Jobs:PassUnknownFalOptions</c>.</param>
    /// <returns>The request without its image; usable when nothing was reported.</returns>
    public static VideoRequest Read(FieldReader fields, OrderFields common, bool passUnknownOptions)
    {
        var prompt = OrderFields.Prompt(fields);
        OviPrompt.Check(fields, prompt);
        var resolution = fields.Text("resolution", 1, 20, DefaultResolution);
        if (resolution is not null && !Resolutions.Contains(resolution))
            fields.Report("resolution", "one_of", $"resolution should be one of {string.Join(", ", Resolutions)}.");
        var request = new VideoRequest
        {
            Prompt = prompt ?? "",
            Resolution = resolution ?? DefaultResolution,
            OutputFit = FitFields.Output(fields),
            NegativePrompt = fields.Text("negative_prompt", 0, MaxNegativePrompt, DefaultNegativePrompt) ?? "",
            AudioNegativePrompt = fields.Text("audio_negative_prompt", 0, MaxNegativePrompt, DefaultAudioNegativePrompt) ?? "",
            Steps = (int)(fields.Integer("num_inference_steps", 1, MaxSteps) ?? DefaultSteps),
            // Ours fits every provider, so that any of them can make the same video again.
            Seed = fields.Integer("seed", -LargestSeed, LargestSeed) ?? RandomNumberGenerator.GetInt32(int.MaxValue),
            User = OrderFields.User(fields),
            WebhookUrl = common.Webhook(fields),
            FalOptions = ReadFalOptions(fields, passUnknownOptions),
        };
        CheckDuration(fields);
        return request;
    }

    /// <summary>What a request needs of a provider; the resolution is not among it.</summary>
    /// <param name="request">The request; null for the default request.</param>
    /// <param name="fields">What the model needs in any case.</param>
    public static RequestNeeds NeedsOf(VideoRequest? request, RequestFields fields)
    {
        if (request is null) return new RequestNeeds(fields, 0, DefaultResolution);
        if (request.NegativePrompt != DefaultNegativePrompt) fields |= RequestFields.NegativePrompt;
        if (request.AudioNegativePrompt != DefaultAudioNegativePrompt) fields |= RequestFields.AudioNegativePrompt;
        if (request.Steps != DefaultSteps) fields |= RequestFields.Steps;
        if (request.FalOptions.Count > 0) fields |= RequestFields.Options;
        return new RequestNeeds(fields, request.Seed, request.Resolution);
    }

    /// <summary>The price of a request in atomic units.</summary>
    /// <param name="request">The request; null for the default request.</param>
    /// <param name="usdc">The model's price.</param>
    /// <param name="surcharges">What some of its requests cost more.</param>
    public static long PriceOf(VideoRequest? request, decimal usdc, IEnumerable<SurchargeSettings> surcharges) =>
        PriceOf(request?.Resolution ?? DefaultResolution, request?.Steps ?? DefaultSteps, usdc, surcharges);

    /// <summary>The price of the dearest request in atomic units.</summary>
    public static long HighestPriceOf(decimal usdc, IReadOnlyList<SurchargeSettings> surcharges) =>
        Resolutions.Max(resolution => PriceOf(resolution, MaxSteps, usdc, surcharges));

    private static long PriceOf(string resolution, int steps, decimal usdc, IEnumerable<SurchargeSettings> surcharges) =>
        Usdc.ToAtomic(usdc + surcharges.Where(surcharge => surcharge.AppliesTo(resolution, steps)).Sum(surcharge => surcharge.Usdc));

    private static IReadOnlyDictionary<string, string> ReadFalOptions(FieldReader fields, bool passUnknown)
    {
        var (allowed, problems) = FalJobOptions.Parse(fields.Find("fal_options") ?? default, passUnknown);
        foreach (var problem in problems)
        {
            if (problem.Key.Length == 0) fields.Report("fal_options", "type", problem.Text);
            else fields.Report($"fal_options/{FieldReader.EscapePointer(problem.Key)}", "option", $"\"{problem.Key}\" {problem.Text}");
        }

        return allowed;
    }

    /// <summary>The listing's own example sends <c>duration_seconds: 5</c>, which is not in its schema.</summary>
    private static void CheckDuration(FieldReader fields)
    {
        if (fields.Find("duration_seconds") is not { } value) return;
        var five = value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetDecimal(out var number) && number == 5,
            JsonValueKind.String => value.ValueEquals("5"),
            _ => false,
        };
        if (!five) fields.Report("duration_seconds", "not_offered", "OVI makes clips of 5 seconds; leave duration_seconds out, or send 5.");
    }
}
