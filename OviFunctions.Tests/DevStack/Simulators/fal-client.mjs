// Drives the simulator with fal's own client and prints what it saw as JSON.
// node fal-client.mjs <node_modules> <simulator URL> <key> <image URL>
import { createRequire } from "node:module";
import { createHash, createPublicKey, verify } from "node:crypto";
import { createServer } from "node:http";

const [modules, simulator, key, imageUrl] = process.argv.slice(2);
const { createFalClient } = createRequire(`${modules}/`)("@fal-ai/client");

// The client writes its hosts into the code; this is the hook that it offers to change a request.
const toSimulator = (request) => ({ ...request, url: request.url.replace("https://queue.fal.run/", simulator) });
const fal = createFalClient({ credentials: key, requestMiddleware: async (request) => toSimulator(request) });
const imageToVideo = "fal-ai/ovi/image-to-video";

const webhooks = [];
const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    webhooks.push({ headers: request.headers, body: Buffer.concat(chunks) });
    response.end();
  });
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const webhookUrl = `http://127.0.0.1:${server.address().port}/hook?job=1`;

async function run(prompt, input = { prompt, image_url: imageUrl, seed: 11, num_inference_steps: 20 }, endpoint = imageToVideo) {
  const submitted = await fal.queue.submit(endpoint, { input, webhookUrl, priority: "low", startTimeout: 30 });
  const statuses = new Set([submitted.status]);
  for (let status = ""; status !== "COMPLETED"; ) {
    ({ status } = await fal.queue.status(endpoint, { requestId: submitted.request_id, logs: true }));
    statuses.add(status);
  }
  try {
    const result = await fal.queue.result(endpoint, { requestId: submitted.request_id });
    return { requestId: submitted.request_id, resultRequestId: result.requestId, statuses: [...statuses], data: result.data };
  } catch (error) {
    return {
      requestId: submitted.request_id, error: error.name, status: error.status, falId: error.requestId,
      types: error.fieldErrors?.map((e) => e.type),
    };
  }
}

// As https://fal.ai/docs/model-apis/webhooks tells receivers to do it.
async function isSigned({ headers, body }) {
  const digest = createHash("sha256").update(body).digest("hex");
  const parts = ["x-fal-webhook-request-id", "x-fal-webhook-user-id", "x-fal-webhook-timestamp"].map((name) => headers[name]);
  const { keys } = await (await fetch(new URL(".well-known/jwks.json", simulator))).json();
  return keys.some(({ x }) => verify(
    null, Buffer.from([...parts, digest].join("\n")), createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }),
    Buffer.from(headers["x-fal-webhook-signature"], "hex")));
}

const video = await run("a cat");
const file = await fetch(video.data.video.url);
const bytes = Buffer.from(await file.arrayBuffer());
const textOnly = await run("a dog", { prompt: "a dog", resolution: "512x992", seed: 5 }, "fal-ai/ovi");
const wrongSize = await run("a dog", { prompt: "a dog", resolution: "1920x1080" }, "fal-ai/ovi");
const textOnlyFile = Buffer.from(await (await fetch(textOnly.data.video.url)).arrayBuffer());
const refused = await run("something forbidden");
const broken = await run("something broken");

const { request_id: endless } = await fal.queue.submit(imageToVideo, { input: { prompt: "something endless", image_url: imageUrl } });
await fal.queue.cancel(imageToVideo, { requestId: endless });

while (webhooks.length < 5) await new Promise((resolve) => setTimeout(resolve, 10));
server.close();
console.log(JSON.stringify({
  video, refused, broken, wrongSize,
  textOnly: { seed: textOnly.data.seed, brand: textOnlyFile.toString("latin1", 4, 8) },
  media: { type: file.headers.get("content-type"), size: bytes.length, brand: bytes.toString("latin1", 4, 8) },
  webhooks: await Promise.all(webhooks.map(async (webhook) => ({ ...JSON.parse(webhook.body), signed: await isSigned(webhook) }))),
}));
