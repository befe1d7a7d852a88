using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using OviFunctions.Configuration;
using OviFunctions.Http.Egress;
using OviFunctions.Payments.Identity;
using OviFunctions.Payments.X402;
using OviFunctions.Providers;

namespace OviFunctions.Jobs.Batches;

/// <summary>
/// Several videos in one order: previews of a collection of images, for example. One quote, one payment, one job; each item is
/// the request of a model that is sold, made by itself, and what is not delivered goes back by itself.
/// </summary>
/// <param name="settings">For the quote.</param>
/// <param name="models">What the items may be; found when it is needed, because a batch is one of them.</param>
/// <param name="egress">Looks at the webhook's address.</param>
public sealed class BatchModel(OviSettings settings, Lazy<VideoModels> models, EgressGuard egress) : IVideoModel
{
    /// <summary>The model's name; no item can be a batch.</summary>
    public const string ModelName = "batch";

    /// <summary>The route that sells it.</summary>
    public const string RouteTemplate = "v1/videos/batches";

    /// <summary>The most videos of one order.</summary>
    public const int MaxItems = 20;

    /// <summary>What an item is that names no model.</summary>
    internal const string DefaultItem = "ovi/image-to-video";

    public string Name => ModelName;

    public string Route => RouteTemplate;

    public string ProviderModel => Default.ProviderModel;

    public PaidResource Resource { get; } = BatchResource.Describe(settings, RouteTemplate);

    /// <summary>The default request is one default item.</summary>
    public long PriceAtomic(VideoRequest? request) => Default.PriceAtomic(request: null);

    public long PriceAtomic(Order order) => order.Items?.Sum(item => item.Model.PriceAtomic(item.Request)) ?? PriceAtomic(request: null);

    public long HighestPriceAtomic => MaxItems * Sold.Max(model => model.HighestPriceAtomic);

    public RequestNeeds NeedsOf(VideoRequest? request) => Default.NeedsOf(request: null);

    public Order Validate(ReadOnlyMemory<byte> source, JsonElement body)
    {
        var fields = new FieldReader(body);
        var items = ReadItems(fields, source, out var warnings);
        var user = fields.Text("user", 0, 256);
        var webhook = fields.Text("webhook_url", 1, 2048);
        if (webhook is not null && !egress.TryParse(EgressPurpose.Webhook, webhook, out _, out var refused))
            fields.Report("webhook_url", "url", $"webhook_url: {refused.Message}.");
        fields.RefuseOthers();
        if (fields.Problems.Count > 0) return new Order(null, null, fields.Problems, []);

        // The texts and numbers are the items'; only what is the order's own is set.
        var request = new VideoRequest
        {
            Prompt = "", Resolution = "", NegativePrompt = "", AudioNegativePrompt = "", Steps = 0, Seed = 0, User = user, WebhookUrl = webhook,
        };
        return new Order(request, null, [], warnings) { Items = items };
    }

    private IVideoModel Default => models.Value[DefaultItem];

    private IEnumerable<IVideoModel> Sold => models.Value.All.Where(model => model is not BatchModel);

    private List<OrderItem> ReadItems(FieldReader fields, ReadOnlyMemory<byte> source, out List<string> warnings)
    {
        var items = new List<OrderItem>();
        warnings = [];
        if (fields.Find("items") is not { ValueKind: JsonValueKind.Array } array)
        {
            fields.Report("items", "required", $"items should be an array of 1 to {MaxItems} requests, each with the fields of its model.");
            return items;
        }

        if (array.GetArrayLength() is < 1 or > MaxItems)
        {
            fields.Report("items", "length", $"items has {array.GetArrayLength()} entries; it should have 1 to {MaxItems}.");
            return items;
        }

        foreach (var (i, element) in array.EnumerateArray().Index())
        {
            var order = ReadItem(source, element, out var model);
            foreach (var problem in order.Problems) fields.Report($"items/{i}{problem.Where}", problem.Code, problem.Detail);
            foreach (var warning in order.Warnings) warnings.Add($"Item {i}: {warning}");
            if (order.Request is { } request) items.Add(new OrderItem(model!, request, order.Image));
        }

        return items;
    }

    private Order ReadItem(ReadOnlyMemory<byte> source, JsonElement element, out IVideoModel? model)
    {
        model = null;
        if (element.ValueKind != JsonValueKind.Object) return Refused("", "type", "An item should be an object: the request of a model.");
        var fields = new FieldReader(element);
        var name = fields.Text("model", 1, 100, DefaultItem);
        if (fields.Problems.Count > 0) return new Order(null, null, fields.Problems, []);
        if ((model = Sold.FirstOrDefault(sold => sold.Name == name || sold.Variants.Contains(name!))) is null)
            return Refused("/model", "one_of", $"model should be one of {string.Join(", ", Sold.SelectMany(sold => sold.Variants.Prepend(sold.Name)).Distinct())}.");

        var order = model.Variants.Contains(name!) || fields.Find("model") is null ? model.Validate(source, element) : ValidateWithoutModel(model, element);
        return fields.Find("webhook_url") is null ? order
            : new Order(null, null, [.. order.Problems, new FieldProblem("/webhook_url", "not_offered", "A batch has one webhook: put webhook_url beside items.")], []);
    }

    /// <summary>Where the model's own request does not have the field by which it was found. An inline image is copied once, within the limit of the body.</summary>
    private static Order ValidateWithoutModel(IVideoModel model, JsonElement element)
    {
        var copy = new ArrayBufferWriter<byte>(JsonMarshal.GetRawUtf8Value(element).Length);
        using (var writer = new Utf8JsonWriter(copy))
        {
            writer.WriteStartObject();
            foreach (var field in element.EnumerateObject().Where(field => !field.NameEquals("model")))
            {
                writer.WritePropertyName(field.Name);
                writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(field.Value), skipInputValidation: true);
            }

            writer.WriteEndObject();
        }

        using var request = JsonDocument.Parse(copy.WrittenMemory, new JsonDocumentOptions { MaxDepth = CanonicalJson.MaxDepth });
        return model.Validate(copy.WrittenMemory, request.RootElement);
    }

    private static Order Refused(string where, string code, string detail) => new(null, null, [new FieldProblem(where, code, detail)], []);
}
