// The reference facilitator for x402 versions 1 and 2: @x402/core and @x402/evm behind the three endpoints of the specification.
// Environment: PORT, CHAIN_ID (8453 or 84532), RPC_URL, FACILITATOR_KEY (pays the gas; one account per facilitator).
import { x402Facilitator } from '@x402/core/facilitator';
import { toFacilitatorEvmSigner } from '@x402/evm';
import { ExactEvmScheme } from '@x402/evm/exact/facilitator';
import { ExactEvmSchemeV1 } from '@x402/evm/exact/v1/facilitator';
import express from 'express';
import { chainById, facilitatorClient, listen, setting } from './chain-client.mjs';

const chainId = setting('CHAIN_ID');
const client = facilitatorClient();
const signer = toFacilitatorEvmSigner({
  address: client.account.address,
  getCode: query => client.getCode(query),
  readContract: call => client.readContract({ ...call, args: call.args ?? [] }),
  verifyTypedData: data => client.verifyTypedData(data),
  writeContract: call => client.writeContract({ ...call, args: call.args ?? [] }),
  sendTransaction: transaction => client.sendTransaction(transaction),
  waitForTransactionReceipt: query => client.waitForTransactionReceipt(query),
});

const facilitator = new x402Facilitator();
facilitator.register(`eip155:${chainId}`, new ExactEvmScheme(signer));
facilitator.registerV1(chainById(chainId).v1Network, new ExactEvmSchemeV1(signer));

const app = express();
app.use(express.json({ limit: '1mb' }));

for (const operation of ['verify', 'settle']) {
  app.post(`/${operation}`, async (request, response) => {
    const { paymentPayload, paymentRequirements } = request.body ?? {};
    if (!paymentPayload || !paymentRequirements) {
      return response.status(400).json({ error: 'Missing paymentPayload or paymentRequirements' });
    }
    try {
      response.json(await facilitator[operation](paymentPayload, paymentRequirements));
    } catch (error) {
      response.status(500).json({ error: error instanceof Error ? error.message : 'Unknown error' });
    }
  });
}

app.get('/supported', (_, response) => response.json(facilitator.getSupported()));
listen(app, 'facilitator (x402 v1 and v2)');
