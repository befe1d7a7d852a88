using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using OviFunctions.Media;

namespace OviFunctions.DevStack.Simulators.OpenAiVideos;

/// <summary>What <c>POST /v1/videos</c> takes: JSON, or the form that OpenAI's clients send; checked before a job is taken.</summary>
internal static class OpenAiInput
{
    private const string Reference = "input_reference";
    private const string ReferenceUrl = $"{Reference}[image_url]";
    private const int MaxPrompt = 32_000;
    private const int MaxUrl = 20_971_520;

    private static readonly string[] Members = ["prompt", "model", "seconds", "size", Reference, "characters"];

    /// <summary>The input of a call; null when its body is neither JSON nor a form.</summary>
    public static async Task<JobInput?> ReadAsync(HttpRequest request, IReadOnlyList<OpenAiVideosModel> models, CancellationToken cancellationToken)
    {
        var input = request.HasFormContentType
            ? await ReadFormAsync(request, cancellationToken)
            : await JobInput.ReadAsync(request.Body, cancellationToken);
        if (input is null) return null;
        if (input.Problem is null && input.Body.TryGetProperty(Reference, out var reference) && reference.ValueKind == JsonValueKind.Object && input.Image is null)
            input = WithReference(input, reference);
        return Check(input, models);
    }

    /// <summary>The model that is asked for.</summary>
    public static string ModelOf(JobInput input) => input.Text("model") ?? "sora-2";

    public static string SizeOf(JobInput input) => input.Text("size") ?? "720x1280";

    public static string SecondsOf(JobInput input) => input.Text("seconds") ?? "4";

    private static async Task<JobInput> ReadFormAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var form = await request.ReadFormAsync(cancellationToken);
        var body = new JsonObject();
        foreach (var (name, value) in form)
        {
            if (name == ReferenceUrl) body[Reference] = new JsonObject { ["image_url"] = value.ToString() };
            else body[name] = value.ToString();
        }

        if (form.Files.GetFile(Reference) is not { } file) return new JobInput(body.Deserialize<JsonElement>());
        body[Reference] = new JsonObject { ["file_name"] = file.FileName, ["content_type"] = file.ContentType };
        var image = new byte[file.Length];
        await using var stream = file.OpenReadStream();
        await stream.ReadExactlyAsync(image, cancellationToken);
        return new JobInput(body.Deserialize<JsonElement>()) { Image = image };
    }

    private static JobInput WithReference(JobInput input, JsonElement reference)
    {
        var url = reference.TryGetProperty("image_url", out var given) && given.ValueKind == JsonValueKind.String ? given.GetString() : null;
        if (url is null || reference.EnumerateObject().Count() != 1 || url.Length > MaxUrl)
            return input with { Problem = new InputProblem(Reference, "invalid_value", "Provide exactly one of 'image_url' and 'file_id'; no file is known here.") };
        return DataUrl.Decode(url) is { } image ? input with { Image = image } : input with { ImageUrl = url };
    }

    private static JobInput Check(JobInput input, IReadOnlyList<OpenAiVideosModel> models)
    {
        var model = models.FirstOrDefault(known => known.Name == ModelOf(input));
        if ((input.Problem ?? FindProblem(input, model)) is { } problem) return input with { Problem = problem };

        var sides = SizeOf(input).Split('x').Select(int.Parse).ToArray();
        InputProblem? CheckImage(ReadOnlyMemory<byte> image) => FindProblemWithImage(image, sides[0], sides[1]);
        return input with
        {
            Shape = ClipShape.Exactly(sides[0], sides[1], int.Parse(SecondsOf(input), System.Globalization.CultureInfo.InvariantCulture)),
            CheckImage = CheckImage,
            Problem = input.Image is { } image ? CheckImage(image) : null,
        };
    }

    private static InputProblem? FindProblem(JobInput input, OpenAiVideosModel? model)
    {
        if (input.Body.EnumerateObject().FirstOrDefault(member => !Members.Contains(member.Name)) is { Value.ValueKind: not JsonValueKind.Undefined } unknown)
            return new InputProblem(unknown.Name, "unknown_parameter", $"Unknown parameter: '{unknown.Name}'.");
        if (input.Prompt is not { Length: > 0 and <= MaxPrompt })
            return new InputProblem("prompt", "missing_required_parameter", $"Missing required parameter: 'prompt', of 1 to {MaxPrompt} characters.");
        foreach (var member in (string[])["model", "seconds", "size"])
        {
            if (input.Body.TryGetProperty(member, out var value) && value.ValueKind != JsonValueKind.String)
                return new InputProblem(member, "invalid_type", $"Invalid type for '{member}': expected a string.");
        }

        if (model is null) return new InputProblem("model", "model_not_found", $"The model '{ModelOf(input)}' does not exist or you do not have access to it.");
        return FindUnsupported("seconds", SecondsOf(input), model.Seconds) ?? FindUnsupported("size", SizeOf(input), model.Sizes);
    }

    private static InputProblem? FindUnsupported(string member, string value, IReadOnlyList<string> supported) => supported.Contains(value)
        ? null
        : new InputProblem(member, "invalid_value", $"Invalid value: '{value}'. Supported values are: {string.Join(", ", supported.Select(s => $"'{s}'"))}.");

    private static InputProblem? FindProblemWithImage(ReadOnlyMemory<byte> image, int width, int height)
    {
        var sniffer = new ImageSniffer();
        sniffer.Append(image.Span);
        if (sniffer.Complete().Image is not { } found)
            return new InputProblem(Reference, "invalid_image", "Unsupported file: use image/jpeg, image/png or image/webp.");
        return (found.Width, found.Height) == (width, height)
            ? null
            : new InputProblem(Reference, "invalid_value", $"Inpaint image must match the requested width and height: {width}x{height}, not {found.Width}x{found.Height}.");
    }
}
