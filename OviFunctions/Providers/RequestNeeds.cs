namespace OviFunctions.Providers;

/// <summary>Fields of a request that some providers do not have, or have in a smaller range.</summary>
[Flags]
public enum RequestFields
{
    None = 0,
    Image = 1,
    NegativePrompt = 2,
    AudioNegativePrompt = 4,
    Steps = 8,
    Seed = 16,
    Resolution = 32,
    Seconds = 64,

    /// <summary>Options of one provider, as <c>fal_options</c>.</summary>
    Options = 128,

    /// <summary>One of the model's variants, as <c>sora-2-pro</c>.</summary>
    Variant = 256,
}

/// <summary>What a request needs of a provider beyond its prompt: a field that has its default value is not needed.</summary>
/// <param name="Fields">The fields with a value of the buyer's that differs from the default.</param>
/// <param name="Seed">The seed, the buyer's or ours; a provider has to take it whoever chose it.</param>
/// <param name="Resolution">The size, <c>WxH</c>.</param>
/// <param name="Seconds">The length; null for a model of which all clips are equally long.</param>
/// <param name="Variant">Which of a model's variants, for example <c>sora-2-pro</c>; null for a model without.</param>
public sealed record RequestNeeds(RequestFields Fields, long Seed, string Resolution, int? Seconds = null, string? Variant = null)
{
    /// <summary>What of this an account lacks.</summary>
    /// <param name="honoured">The fields that it has.</param>
    /// <param name="largestSeed">Its largest seed; the smallest is 0.</param>
    public RequestFields Beyond(RequestFields honoured, long largestSeed) =>
        (Fields & ~honoured) | (Seed < 0 || Seed > largestSeed ? RequestFields.Seed : RequestFields.None);
}

/// <summary>What an account says of a request, before it is sent there. Told without asking the provider.</summary>
public abstract record ProviderOffer
{
    private ProviderOffer() { }

    /// <summary>The offer of an account that has the model.</summary>
    /// <param name="lacking">What of the request it lacks.</param>
    /// <param name="costUsd">What the request costs there, in dollars.</param>
    public static ProviderOffer Of(RequestFields lacking, decimal costUsd) =>
        lacking == RequestFields.None ? new Takes(costUsd) : new Lacks(lacking);

    /// <summary>It would carry out all of it.</summary>
    /// <param name="CostUsd">What it costs there, in dollars.</param>
    public sealed record Takes(decimal CostUsd) : ProviderOffer;

    /// <summary>It has the model, and not these fields or not in this range.</summary>
    public sealed record Lacks(RequestFields Fields) : ProviderOffer;

    /// <summary>It does not have the model.</summary>
    public sealed record NotOffered : ProviderOffer;
}
