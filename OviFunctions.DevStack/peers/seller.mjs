// A shop on the reference server middleware (@x402/express), as its README builds one: to compare how it takes a lost settlement.
// Environment: PORT, CHAIN_ID (8453 or 84532), FACILITATOR_URL, PAY_TO, TIMEOUT_MS (how long a facilitator may take).
import { HTTPFacilitatorClient } from '@x402/core/server';
import { ExactEvmScheme } from '@x402/evm/exact/server';
import { paymentMiddleware, x402ResourceServer } from '@x402/express';
import express from 'express';
import { listen, setting } from './chain-client.mjs';

const network = `eip155:${setting('CHAIN_ID')}`;
const facilitator = new HTTPFacilitatorClient({ url: setting('FACILITATOR_URL').replace(/\/$/, ''), timeoutMs: Number(setting('TIMEOUT_MS')) });
const server = new x402ResourceServer(facilitator).register(network, new ExactEvmScheme());
const accepts = { scheme: 'exact', price: '$0.42', network, payTo: setting('PAY_TO') };

const app = express();
app.get('/ready', (_, response) => response.end());
app.use(paymentMiddleware({ 'POST /videos': { accepts, description: 'A video' } }, server));
app.post('/videos', (_, response) => response.json({ video: 'https://example.com/video.mp4' }));
listen(app, 'seller (@x402/express)');
