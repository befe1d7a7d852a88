using System.Text.Json;

namespace OviFunctions.DevStack.Simulators.Fal;

/// <summary>What OVI at fal takes; its model finds what is wrong, when the job runs.</summary>
internal static class FalInput
{
    private static readonly string[] Resolutions = ["512x992", "992x512", "960x512", "512x960", "720x720", "448x1120", "1120x448"];

    /// <summary>A body, read for an endpoint: that of the app makes videos of text, and alone has a <c>resolution</c>.</summary>
    public static JobInput Read(JobInput body, bool isTextOnly)
    {
        var problem = (isTextOnly ? body.FindMissing("prompt") : body.FindMissing("prompt", "image_url")) ?? FindProblemWithSteps(body.Body);
        if (!isTextOnly) return body with { ImageUrl = body.Text("image_url"), Problem = problem };

        var resolution = body.Body.TryGetProperty("resolution", out _) ? body.Text("resolution") : "992x512";
        if (!Resolutions.Contains(resolution))
            return body with { Problem = new InputProblem("resolution", "one_of", $"Input should be one of {string.Join(", ", Resolutions)}") };
        var sides = resolution!.Split('x').Select(int.Parse).ToArray();
        return body with { Shape = ClipShape.OfOvi(sides[0], sides[1]), Problem = problem };
    }

    private static InputProblem? FindProblemWithSteps(JsonElement input)
    {
        if (!input.TryGetProperty("num_inference_steps", out var steps)) return null;
        if (!steps.TryGetInt32(out var count)) return Problem("int_parsing", "Input should be a valid integer");
        return count switch
        {
            > 50 => Problem("less_than_equal", "Input should be less than or equal to 50"),
            < 1 => Problem("greater_than_equal", "Input should be at least 1"),
            _ => null,
        };

        static InputProblem Problem(string type, string message) => new("num_inference_steps", type, message);
    }
}
