// What both paying clients share: the command line, a fetch that reports each exchange, and the output.
//
//   node pay-v2.mjs URL [--method POST] [--body JSON | --body @FILE] [--header 'Name: value']... [--max DOLLARS]
//                       [--chain 84532] [--sign-only] [--show-payment]
//
// The private key comes from BUYER_KEY, never from the command line. Output is JSON lines:
//   {"exchange":{"request":{...},"response":{...}}}   one per HTTP exchange, credentials in the request replaced by their length
//   {"final":{"status":202,"headers":{...},"body":...,"receipt":{...},"payment":"..."}}   or {"final":{"error":"..."}} with exit code 1
// --sign-only    makes the payment and prints it without sending it; final.status is 0
// --show-payment prints the payment header in final.payment, to send the same payment again
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const credentials = new Set(['authorization', 'payment-signature', 'x-payment', 'sign-in-with-x']);
const paymentHeaders = ['payment-signature', 'x-payment'];

/** The command line as { url, init, key, max, chain, signOnly, showPayment }. */
export function readCommand() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      method: { type: 'string', default: 'POST' },
      body: { type: 'string' },
      header: { type: 'string', multiple: true, default: [] },
      max: { type: 'string' },
      chain: { type: 'string', default: '84532' },
      'sign-only': { type: 'boolean', default: false },
      'show-payment': { type: 'boolean', default: false },
    },
  });
  if (positionals.length !== 1) throw new Error('one URL is needed');
  if (values.max !== undefined && !/^\d{1,9}(\.\d{1,6})?$/.test(values.max)) throw new Error(`--max ${values.max} is not an amount in dollars, for example 1.50`);
  if (!process.env.BUYER_KEY) throw new Error('BUYER_KEY is not set: the private key of the paying wallet');

  const headers = { 'content-type': 'application/json' };
  for (const header of values.header) {
    const colon = header.indexOf(':');
    if (colon < 1) throw new Error(`--header ${header} is not of the form 'Name: value'`);
    headers[header.slice(0, colon).trim().toLowerCase()] = header.slice(colon + 1).trim();
  }
  const body = values.body?.startsWith('@') ? readFileSync(values.body.slice(1), 'utf8') : values.body;
  return {
    url: positionals[0],
    init: { method: values.method, headers, body },
    key: process.env.BUYER_KEY,
    max: values.max,
    chain: Number(values.chain),
    signOnly: values['sign-only'],
    showPayment: values['show-payment'],
  };
}

const print = line => process.stdout.write(`${JSON.stringify(line)}\n`);

async function readBody(response) {
  const text = await response.text();
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return text;
  }
}

/** Pays with `wrap(fetch)` and prints what happened. `readReceipt(headers)` gives the decoded settlement, if there was one. */
export async function buy(command, wrap, readReceipt) {
  let payment;

  async function reportingFetch(input, init) {
    const request = new Request(input, init);
    const started = performance.now();
    payment = paymentHeaders.map(name => request.headers.get(name)).find(Boolean) ?? payment;
    if (payment && command.signOnly) return new Response(null, { status: 204 });
    const response = await fetch(request);
    print({
      exchange: {
        request: { method: request.method, url: request.url, headers: withoutCredentials(request.headers) },
        response: { status: response.status, headers: Object.fromEntries(response.headers), body: await readBody(response.clone()) },
        milliseconds: Math.round(performance.now() - started),
      },
    });
    return response;
  }

  const response = await wrap(reportingFetch)(command.url, command.init);
  print({
    final: {
      status: command.signOnly && payment ? 0 : response.status,
      headers: Object.fromEntries(response.headers),
      body: await readBody(response),
      receipt: readReceipt(response.headers) ?? null,
      ...(command.signOnly || command.showPayment ? { payment: payment ?? null } : {}),
    },
  });
}

/** Runs a client; a failure is the last line and exit code 1. */
export async function main(run) {
  try {
    await run(readCommand());
  } catch (error) {
    const cause = error.cause?.code ?? error.cause?.message;
    print({ final: { error: cause ? `${error.message} (${cause})` : error.message } });
    process.exitCode = 1;
  }
}

function withoutCredentials(headers) {
  return Object.fromEntries([...headers].map(([name, value]) => [name, credentials.has(name) ? `[${value.length} characters]` : value]));
}
