using OviFunctions.Jobs;
using OviFunctions.Secrets;
using OviFunctions.Tests.Support;

namespace OviFunctions.Tests.Secrets;

public sealed class WebhookSecretsTests
{
    private const string Job = "job_aaaaaaaaaabbbbbbbbbbbbbbbbbbbbbbbbbb";
    private const string OtherJob = "job_aaaaaaaaaacccccccccccccccccccccccccc";

    private readonly MemoryRecordStore _records = new();

    [Fact]
    public async Task Find_NeverReplaced_IsTheOneThatCameWithTheJob()
    {
        var ring = KeyRingTests.Of("k2", "k1");
        Assert.Equal(new JobSecrets(ring).WebhookSecret("k1", Job).Reveal(), await FindAsync("k1", "k2", "k1"));
    }

    [Fact]
    public async Task Rotate_Again_MakesAnotherOneOfTheJobAlone()
    {
        var before = await FindAsync("k1", "k1");
        var first = await RotateAsync("k1");
        Assert.Equal(first, await FindAsync("k1", "k1"));
        var second = await RotateAsync("k1");
        Assert.Equal(second, await FindAsync("k1", "k1"));

        Assert.Equal(3, new[] { before, first, second }.Distinct().Count());
        Assert.DoesNotContain(_records.Names, name => name.Contains(OtherJob, StringComparison.Ordinal));
        Assert.NotEqual(second, (await Of("k1").RotateAsync(OtherJob, default)).Reveal());
    }

    [Fact]
    public async Task Rotate_AtOnce_EachHasAnotherAndTheLastOneIsInForce()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => RotateAsync("k1"))));

        Assert.Equal(8, made.Distinct().Count());
        Assert.Contains(await FindAsync("k1", "k1"), made);
        Assert.Equal(8, (await _records.ReadAsync<WebhookSecretRecord>(RecordNames.WebhookSecret(Job), default))!.Value.Generation);
    }

    [Fact]
    public async Task Find_ServerKeyReplacedSinceTheRotation_IsTheSame()
    {
        var made = await RotateAsync("k1");

        Assert.Equal(made, await FindAsync("k1", "k2", "k1"));
        Assert.Null(await FindAsync("k1", "k2"));
    }

    [Fact]
    public async Task Rotate_ServerKeyOfTheJobRemoved_IsUnderTheCurrentOne()
    {
        Assert.Null(await FindAsync("k1", "k2"));

        Assert.Equal(await RotateAsync("k2"), await FindAsync("k1", "k2"));
    }

    private WebhookSecrets Of(params string[] keys) => new(_records, new JobSecrets(KeyRingTests.Of(keys)), KeyRingTests.Of(keys), new ManualTimeProvider());

    private async Task<string?> FindAsync(string keyId, params string[] keys) => (await Of(keys).FindAsync(keyId, Job, default))?.Reveal();

    private async Task<string> RotateAsync(params string[] keys) => (await Of(keys).RotateAsync(Job, default)).Reveal();
}
