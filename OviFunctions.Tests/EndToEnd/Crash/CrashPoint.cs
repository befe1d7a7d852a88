namespace OviFunctions.Tests.EndToEnd.Crash;

/// <summary>
/// Every moment at which the gateway is killed: before and after each exchange with something outside it, and before and
/// after the commits of its engine. "Before" means that the other side has not seen it, "after" that it has acted and the
/// gateway does not know.
/// </summary>
public enum CrashPoint
{
    // :: Starting.
    BeforeContainerCreation,
    AfterContainerCreation,
    BeforeHealthRead,
    AfterHealthRead,

    // :: Admission: look up, ask the chain and the facilitator, claim, start, answer.
    BeforeClaimLookup,
    AfterClaimLookup,
    BeforeSharedRead,
    AfterSharedRead,
    BeforeDenialRead,
    AfterDenialRead,
    BeforePayerRead,
    AfterPayerRead,
    BeforeChainIdRead,
    AfterChainIdRead,
    BeforeHeadRead,
    AfterHeadRead,
    BeforeNonceRead,
    AfterNonceRead,
    BeforeBalanceRead,
    AfterBalanceRead,
    BeforeVerify,
    AfterVerify,
    BeforeAliasLookup,
    AfterAliasLookup,
    BeforeSlotRead,
    AfterSlotRead,
    BeforeSlotWrite,
    AfterSlotWrite,
    BeforeMarkerWrite,
    AfterMarkerWrite,
    BeforeClaimWrite,
    AfterClaimWrite,
    BeforeOutcomeLookup,
    AfterOutcomeLookup,
    BeforeInlineImageStage,
    AfterInlineImageStage,
    BeforeInlineImageCommit,
    AfterInlineImageCommit,
    BeforeAliasWrite,
    AfterAliasWrite,
    BeforeStartCommit,
    AfterStartCommit,
    BeforeMarkerDelete,
    AfterMarkerDelete,
    BeforeOrderAnswer,
    AfterOrderAnswer,

    // :: The image.
    BeforeImageLookup,
    AfterImageLookup,
    BeforeImageFetch,
    AfterImageFetch,
    BeforeImageStage,
    AfterImageStage,
    BeforeImageCommit,
    AfterImageCommit,

    // :: The money.
    BeforeSettle,
    AfterSettle,
    BeforeProofHeadRead,
    AfterProofHeadRead,
    BeforeProofStateRead,
    AfterProofStateRead,
    BeforeUseLogsRead,
    AfterUseLogsRead,
    BeforeTransferLogsRead,
    AfterTransferLogsRead,
    BeforeRunningHook,
    AfterRunningHook,

    // :: The provider.
    BeforeJournalLookup,
    AfterJournalLookup,
    BeforeIntentWrite,
    AfterIntentWrite,
    BeforeSubmit,
    AfterSubmit,
    BeforeIntentRead,
    AfterIntentRead,
    BeforeSubmitRecord,
    AfterSubmitRecord,
    BeforeImageServed,
    AfterImageServed,
    BeforeServedImageRead,
    AfterServedImageRead,
    BeforeCallback,
    AfterCallback,
    BeforeKeysRead,
    AfterKeysRead,
    BeforeStatusRead,
    AfterStatusRead,
    BeforeResultRead,
    AfterResultRead,
    BeforeLoserCancel,
    AfterLoserCancel,

    // :: The video.
    BeforeVideoLookup,
    AfterVideoLookup,
    BeforeVideoFetch,
    AfterVideoFetch,
    BeforeVideoStage,
    AfterVideoStage,
    BeforeVideoCommit,
    AfterVideoCommit,

    // :: The end.
    BeforeOutcomeWrite,
    AfterOutcomeWrite,
    BeforeSucceededHook,
    AfterSucceededHook,
    BeforeVideoRead,
    AfterVideoRead,

    // :: After another crash: who wrote a record that is there already, and the sweep of what was left.
    BeforeWriterRead,
    AfterWriterRead,
    BeforeSweepList,
    AfterSweepList,

    /// <summary>Every later commit of the engine in a job's life.</summary>
    BeforeLaterCommit,
    AfterLaterCommit,
}
