using OviFunctions.Providers;

namespace OviFunctions.Tests.Providers;

/// <summary>What tests send to providers.</summary>
internal static class ProviderRequests
{
    public static SubmitRequest Image(string prompt = "A cat says <S>hello<E>.") => new(
        "ovi/image-to-video",
        prompt,
        new Uri("https://ovi.example/v1/images/job_1?token=s3cret&kid=1"),
        "blur",
        "hiss",
        30,
        42,
        new Dictionary<string, string>(),
        new Uri("https://ovi.example/v1/callbacks/account/t0ken?a=1&b=2")) { Resolution = "992x512" };

    public static RequestNeeds Needs(RequestFields fields = RequestFields.Image, long seed = 42) => new(fields, seed, "992x512");
}
