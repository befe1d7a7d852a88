// Drives the simulator with WaveSpeed's own client and prints what it saw as JSON.
// node wavespeed-client.mjs <node_modules> <simulator URL> <key> <image URL> <image file>
import { createRequire } from "node:module";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";

const [modules, simulator, key, imageUrl, imageFile] = process.argv.slice(2);
const { Client } = createRequire(`${modules}/`)("wavespeed");
const client = new Client(key, { baseUrl: simulator, retryInterval: 0.01 });
const poll = { pollInterval: 0.01 };

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
const webhook = encodeURIComponent(`http://127.0.0.1:${server.address().port}/hook?job=1`);
const imageToVideo = `character-ai/ovi/image-to-video?webhook=${webhook}`;

// The client has no verifier; as https://wavespeed.ai/docs/verify-webhooks tells receivers to do it.
const secretAnswer = await fetch(new URL("api/v3/webhook/secret", simulator), { headers: { Authorization: `Bearer ${key}` } });
const secret = (await secretAnswer.json()).data.secret.replace("whsec_", "");
function isSigned({ headers, body }) {
  const content = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  return headers["webhook-signature"] === `v3,${createHmac("sha256", secret).update(content).digest("hex")}`;
}

async function failureOf(input, model = imageToVideo, from = client) {
  const { outputs, detail } = await from.runNoThrow(model, input, poll);
  return { outputs, error: detail.error?.name, message: detail.error?.message };
}

async function bytesOf(url) {
  const file = await fetch(url);
  const bytes = Buffer.from(await file.arrayBuffer());
  return { type: file.headers.get("content-type"), size: bytes.length, brand: bytes.toString("latin1", 4, 8) };
}

const video = await client.run(imageToVideo, { prompt: "a cat", image: imageUrl, seed: 11 }, poll);
const uploaded = await client.run(imageToVideo, { prompt: "a cat", image: await client.upload(imageFile), seed: -1 }, poll);
const textOnly = await client.run("character-ai/ovi/text-to-video", { prompt: "a dog" }, poll);
const refused = await failureOf({ prompt: "something forbidden", image: imageUrl });
const late = await failureOf({ prompt: "something slow", image: imageUrl });
const noPrompt = await failureOf({ image: imageUrl });
const wrongKey = await failureOf({ prompt: "a cat", image: imageUrl }, imageToVideo, new Client("wrong", { baseUrl: simulator }));

while (webhooks.length < 4) await new Promise((resolve) => setTimeout(resolve, 10));
server.close();
console.log(JSON.stringify({
  media: await bytesOf(video.outputs[0]),
  uploaded: await bytesOf(uploaded.outputs[0]),
  textOnly: await bytesOf(textOnly.outputs[0]),
  refused, late, noPrompt, wrongKey,
  webhooks: webhooks.map((received) => ({ ...JSON.parse(received.body), signed: isSigned(received) })),
}));
