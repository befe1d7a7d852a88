// A facilitator of the first generation (package x402 1.x, protocol version 1 only), as many still run.
// Environment: as facilitator.mjs, with an account of its own: two facilitators must not share one sequence of nonces.
import express from 'express';
import { settle, verify } from 'x402/facilitator';
import { PaymentPayloadSchema, PaymentRequirementsSchema } from 'x402/types';
import { chainById, facilitatorClient, listen, setting } from './chain-client.mjs';

const client = facilitatorClient();
const app = express();
app.use(express.json({ limit: '1mb' }));

for (const [path, operation] of [['/verify', verify], ['/settle', settle]]) {
  app.post(path, async (request, response) => {
    try {
      const requirements = PaymentRequirementsSchema.parse(request.body.paymentRequirements);
      const payload = PaymentPayloadSchema.parse(request.body.paymentPayload);
      response.json(await operation(client, payload, requirements));
    } catch {
      response.status(400).json({ error: 'Invalid request' }); // what the reference example says to all that throws
    }
  });
}

const { v1Network } = chainById(setting('CHAIN_ID'));
app.get('/supported', (_, response) => response.json({ kinds: [{ x402Version: 1, scheme: 'exact', network: v1Network }] }));
listen(app, 'facilitator (x402 v1, legacy)');
