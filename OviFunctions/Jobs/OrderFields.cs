using System.Text.Json;
using OviFunctions.Http;
using OviFunctions.Http.Egress;
using OviFunctions.Media;

namespace OviFunctions.Jobs;

/// <summary>The fields that the requests of several models have in common.</summary>
internal sealed class OrderFields(ImageIntake images, EgressGuard egress)
{
    private const string ImageHint = "an https URL, a data URL or base64 of a PNG, JPEG or WebP.";

    /// <summary>What the video should show and say.</summary>
    public static string? Prompt(FieldReader fields) =>
        fields.Text("prompt", 1, 4000, requiredHint: "a text of 1 to 4000 characters that describes the video and its sound.");

    /// <summary>The buyer's own name for his user.</summary>
    public static string? User(FieldReader fields) => fields.Text("user", 0, 256);

    /// <summary>Where the buyer wants to be told.</summary>
    public string? Webhook(FieldReader fields)
    {
        var url = fields.Text("webhook_url", 1, 2048);
        if (url is null || egress.TryParse(EgressPurpose.Webhook, url, out _, out var refused)) return url;
        fields.Report("webhook_url", "url", $"webhook_url: {refused.Message}.");
        return null;
    }

    /// <summary>An image, checked as far as it can be without network and storage.</summary>
    /// <param name="fields">The request.</param>
    /// <param name="source">The body's bytes, in which an inline image stays.</param>
    /// <param name="field">The field's name.</param>
    /// <param name="required">Whether it is a problem when there is none.</param>
    /// <returns>Null when there is none, or a problem with it, which is reported.</returns>
    public ImageSource? Image(FieldReader fields, ReadOnlyMemory<byte> source, string field, bool required)
    {
        if (fields.Find(field) is not { } value)
        {
            if (required) fields.Report(field, "required", $"{field} is missing: {ImageHint}");
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            fields.Report(field, "type", $"{field} should be a string: {ImageHint}");
            return null;
        }

        ReadOnlyMemory<byte> text;
        try
        {
            text = FieldReader.Utf8(source, value);
        }
        catch (InvalidOperationException)
        {
            fields.Report(field, "encoding", $"{field} has a \\u escape that is half of a surrogate pair.");
            return null;
        }

        if (!ImageSource.TryParse(text, out var image, out var problem) || (problem = images.Check(image)) is not null)
        {
            fields.Report(field, Codes.Of(problem.Fault), $"{field}: {problem.Message}.");
            return null;
        }

        return image;
    }
}
