// A buyer with the reference client of x402 version 2 (@x402/fetch). Usage and output: buyer.mjs.
// Without --max the client's own cap of $1 per payment holds.
import { ExactEvmScheme } from '@x402/evm/exact/client';
import { decodePaymentResponseHeader, wrapFetchWithPayment, x402Client } from '@x402/fetch';
import { privateKeyToAccount } from 'viem/accounts';
import { buy, main } from './buyer.mjs';

await main(command => {
  const client = new x402Client().register('eip155:*', new ExactEvmScheme(privateKeyToAccount(command.key)));
  if (command.max !== undefined) client.setSpendControls({ maxAmountPerPayment: `$${command.max}` });
  return buy(command, fetch => wrapFetchWithPayment(fetch, client), headers => {
    const receipt = headers.get('PAYMENT-RESPONSE');
    return receipt && decodePaymentResponseHeader(receipt);
  });
});
