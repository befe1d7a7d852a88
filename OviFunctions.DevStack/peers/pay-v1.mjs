// A buyer with the reference client of x402 version 1 (x402-fetch). Usage and output: buyer.mjs.
// Without --max the client's own cap of $0.10 per payment holds. --chain says which network of the offer is taken.
import { createWalletClient, http, parseUnits, publicActions } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { decodeXPaymentResponse, wrapFetchWithPayment } from 'x402-fetch';
import { buy, main } from './buyer.mjs';
import { chainById } from './chain-client.mjs';

await main(command => {
  const { chain } = chainById(command.chain);
  // Signing is offline; the transport is a closed port, so that nothing can go to the chain's public RPC node.
  const wallet = createWalletClient({ account: privateKeyToAccount(command.key), chain, transport: http('http://127.0.0.1:1') }).extend(publicActions);
  const max = command.max === undefined ? undefined : parseUnits(command.max, 6);
  return buy(command, fetch => wrapFetchWithPayment(fetch, wallet, max), headers => {
    const receipt = headers.get('X-PAYMENT-RESPONSE');
    return receipt && decodeXPaymentResponse(receipt);
  });
});
