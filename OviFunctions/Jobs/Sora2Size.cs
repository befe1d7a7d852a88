namespace OviFunctions.Jobs;

/// <summary>How fine a picture of Sora 2 is; its price goes by it.</summary>
internal enum Sora2Tier
{
    P720,
    P1024,
    P1080,
}

/// <summary>A size of Sora 2's videos. <see cref="object.ToString"/> is its <c>WxH</c>.</summary>
internal sealed record Sora2Size(Sora2Tier Tier, bool IsPortrait)
{
    /// <summary>Landscape, unlike OpenAI's own default: always sent, so that no server's default decides.</summary>
    public static Sora2Size Default { get; } = new(Sora2Tier.P720, IsPortrait: false);

    /// <summary>Every size of every variant.</summary>
    public static IReadOnlyList<Sora2Size> All { get; } = [.. Enum.GetValues<Sora2Tier>().SelectMany(t => new Sora2Size[] { new(t, false), new(t, true) })];

    /// <summary>The sizes that a variant makes: <c>sora-2</c> two, <c>sora-2-pro</c> all six.</summary>
    public static IEnumerable<Sora2Size> Of(string variant) => All.Where(size => variant == Sora2.Pro || size.Tier == Sora2Tier.P720);

    /// <summary>The size that is written so; null when there is none.</summary>
    public static Sora2Size? Find(string text) => All.FirstOrDefault(size => string.Equals(size.ToString(), text, StringComparison.OrdinalIgnoreCase));

    public override string ToString()
    {
        var (width, height) = Tier switch
        {
            Sora2Tier.P720 => (1280, 720),
            Sora2Tier.P1024 => (1792, 1024),
            _ => (1920, 1080),
        };
        return IsPortrait ? $"{height}x{width}" : $"{width}x{height}";
    }

    /// <summary>
    /// Reads <c>size</c>, its alias <c>resolution</c> and <c>aspect_ratio</c>; where they disagree, and what the variant does
    /// not make, is a problem.
    /// </summary>
    /// <returns>The size; <see cref="Default"/> when there is a problem, which is reported.</returns>
    public static Sora2Size Read(FieldReader fields, string variant)
    {
        var (size, resolution) = (Wish.Read(fields, "size", variant), Wish.Read(fields, "resolution", variant));
        var aspect = ReadAspect(fields);
        if (size is not null && resolution is not null && !size.AgreesWith(resolution))
        {
            fields.Report("resolution", "conflict", $"size is {size.Text} and resolution is {resolution.Text}; they are two names of one field: send one of them.");
            return Default;
        }

        var wish = size is { IsPortrait: not null } ? size : resolution ?? size;
        if (aspect is { } portrait && wish?.IsPortrait is { } other && portrait != other)
        {
            fields.Report("aspect_ratio", "conflict", $"aspect_ratio is {AspectOf(portrait)} and {wish.Field} is {wish.Text}, which is {AspectOf(other)}: send one of them.");
            return Default;
        }

        var chosen = new Sora2Size(wish?.Tier ?? Default.Tier, wish?.IsPortrait ?? aspect ?? Default.IsPortrait);
        if (Of(variant).Contains(chosen)) return chosen;
        fields.Report(wish!.Field, "not_offered",
            $"{variant} makes {string.Join(" and ", Of(variant))}; {wish.Text} is made by {Sora2.Pro}, which costs more: send \"model\": \"{Sora2.Pro}\" for it.");
        return Default;
    }

    private static string AspectOf(bool portrait) => portrait ? "9:16" : "16:9";

    private static bool? ReadAspect(FieldReader fields)
    {
        switch (fields.Text("aspect_ratio", 1, 16))
        {
            case null: return null;
            case "16:9": return false;
            case "9:16": return true;
            default:
                fields.Report("aspect_ratio", "one_of", "aspect_ratio should be 16:9 or 9:16.");
                return null;
        }
    }

    /// <summary>What one of the aliases asks for: <c>720p</c> and <c>1080p</c> leave the orientation to <c>aspect_ratio</c>.</summary>
    private sealed record Wish(string Field, string Text, Sora2Tier Tier, bool? IsPortrait)
    {
        public bool AgreesWith(Wish other) =>
            Tier == other.Tier && (IsPortrait is null || other.IsPortrait is null || IsPortrait == other.IsPortrait);

        public static Wish? Read(FieldReader fields, string field, string variant)
        {
            if (fields.Text(field, 1, 16) is not { } text) return null;
            if (text.Equals("720p", StringComparison.OrdinalIgnoreCase)) return new Wish(field, text, Sora2Tier.P720, null);
            if (text.Equals("1080p", StringComparison.OrdinalIgnoreCase)) return new Wish(field, text, Sora2Tier.P1080, null);
            if (Find(text) is { } size) return new Wish(field, text, size.Tier, size.IsPortrait);
            var tiers = variant == Sora2.Pro ? "720p, 1080p" : "720p";
            fields.Report(field, "one_of", $"{field} should be {tiers} or, as WIDTHxHEIGHT, one of {string.Join(", ", Of(variant))}.");
            return null;
        }
    }
}
