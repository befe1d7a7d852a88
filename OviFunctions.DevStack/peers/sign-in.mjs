// A buyer who signs in with his wallet, by the reference implementation of x402's extension sign-in-with-x (@x402/extensions):
// asks, signs what the 401 says and asks again. Usage and output: buyer.mjs; a GET is sent without the body.
import { createSIWxPayload, encodeSIWxHeader } from '@x402/extensions/sign-in-with-x';
import { privateKeyToAccount } from 'viem/accounts';
import { buy, main } from './buyer.mjs';

await main(command => buy(command, fetch => async (url, init) => {
  const request = init.method === 'GET' ? { ...init, body: undefined } : init;
  const refusal = await fetch(url, request);
  if (refusal.status !== 401) return refusal;
  const { info, supportedChains } = (await refusal.json()).extensions['sign-in-with-x'];
  const chain = supportedChains.find(supported => supported.type === 'eip191');
  const payload = await createSIWxPayload({ ...info, ...chain }, privateKeyToAccount(command.key), url);
  return fetch(url, { ...request, headers: { ...request.headers, 'SIGN-IN-WITH-X': encodeSIWxHeader(payload) } });
}, () => null));
