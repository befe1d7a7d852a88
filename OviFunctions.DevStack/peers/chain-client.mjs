// The signer of a facilitator: one account, our chain, loopback RPC. The packages' own defaults would reach for public RPC nodes.
import { createWalletClient, http, nonceManager, publicActions } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { base, baseSepolia } from 'viem/chains';

/** The chains that both protocol versions have a name for. */
const chains = { 8453: { chain: base, v1Network: 'base' }, 84532: { chain: baseSepolia, v1Network: 'base-sepolia' } };

/** Reads a required environment variable. */
export function setting(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

/** The chain by its id, with its x402 v1 network name. */
export function chainById(id) {
  const found = chains[id];
  if (!found) throw new Error(`chain ${id} is not known here; known: ${Object.keys(chains).join(', ')}`);
  return found;
}

/** A wallet that can settle many payments at once (the nonce manager keeps its transactions in order). */
export function facilitatorClient() {
  const { chain } = chainById(setting('CHAIN_ID'));
  const account = privateKeyToAccount(setting('FACILITATOR_KEY'), { nonceManager });
  // The receipt poll dominates the time that a settlement takes, so it is short.
  return createWalletClient({ account, chain, transport: http(setting('RPC_URL')), pollingInterval: 100 }).extend(publicActions);
}

/** Listens on loopback and says so. */
export function listen(app, name) {
  const port = Number(setting('PORT'));
  app.listen(port, '127.0.0.1', error => {
    if (error) throw error;
    console.log(`${name} on http://127.0.0.1:${port}`);
  });
}
