// Drives the simulator with OpenAI's own client and prints what it saw as JSON.
// node openai-client.mjs <node_modules> <base URL> <key> <image URL> <image file> <webhook secret>
import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const [modules, baseURL, apiKey, imageUrl, imageFile, webhookSecret] = process.argv.slice(2);
const { OpenAI } = createRequire(`${modules}/`)("openai");
const client = new OpenAI({ apiKey, baseURL, webhookSecret, maxRetries: 0 });

const webhooks = [];
const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    webhooks.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.end();
  });
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
await fetch(new URL("/_webhook", baseURL), { method: "PUT", body: `http://127.0.0.1:${server.address().port}/hook` });

async function finish(video) {
  const statuses = new Set([video.status]);
  while (video.status === "queued" || video.status === "in_progress") {
    const { data, response } = await client.videos.retrieve(video.id).withResponse();
    const wait = response.headers.get("openai-poll-after-ms");
    if (wait) await new Promise((resolve) => setTimeout(resolve, Number(wait)));
    statuses.add((video = data).status);
  }
  return { ...video, statuses: [...statuses] };
}

const run = async (body) => finish(await client.videos.create(body));
const errorOf = (call) => call.then(() => null, ({ status, code, param, type, message }) => ({ status, code, param, type, message }));

async function contentOf(id, variant) {
  const content = await client.videos.downloadContent(id, { variant });
  const bytes = Buffer.from(await content.arrayBuffer());
  return { type: content.headers.get("content-type"), size: bytes.length, brand: bytes.toString("latin1", 4, 8) };
}

const video = await run({ model: "sora-2", prompt: "a cat", seconds: "8", size: "1280x720" });
const withFile = await run({ prompt: "a cat", size: "64x32", input_reference: createReadStream(imageFile) });
const withUrl = await run({ prompt: "a cat", size: "64x32", input_reference: { image_url: imageUrl } });
const wrongImage = await errorOf(client.videos.create({ prompt: "a cat", size: "1280x720", input_reference: createReadStream(imageFile) }));
const wrongImageByUrl = await run({ prompt: "a cat", size: "1280x720", input_reference: { image_url: imageUrl } });
const wrongSeconds = await errorOf(client.videos.create({ prompt: "a cat", seconds: "10" }));
const wrongSize = await errorOf(client.videos.create({ prompt: "a cat", size: "1792x1024" }));
const wrongModel = await errorOf(client.videos.create({ prompt: "a cat", model: "sora-3" }));
const wrongKey = await errorOf(new OpenAI({ apiKey: "wrong", baseURL, maxRetries: 0 }).videos.list());
const withSeed = await errorOf(client.videos.create({ prompt: "a cat", seed: 1 }));
const refused = await run({ prompt: "something forbidden" });
const pro = await run({ model: "sora-2-pro", prompt: "a cat", size: "1792x1024" });

// As JSON, which the protocol takes too.
const json = await finish(await client.post("/videos", { body: { prompt: "a dog", seconds: "4" } }));

const contents = {};
for (const variant of ["video", "thumbnail", "spritesheet"]) contents[variant] = await contentOf(video.id, variant);
const early = await errorOf(client.videos.downloadContent(refused.id));

const first = await client.videos.list({ limit: 2, order: "asc" });
const all = [];
for await (const listed of client.videos.list({ limit: 3 })) all.push(listed.id);
const deleted = await client.videos.delete(video.id);
const gone = await errorOf(client.videos.retrieve(video.id));

while (webhooks.length < 7) await new Promise((resolve) => setTimeout(resolve, 10));
server.close();
const events = [];
for (const { headers, body } of webhooks) events.push(await client.webhooks.unwrap(body, headers));
const forged = await client.webhooks.unwrap(webhooks[0].body.replace("video", "vide0"), webhooks[0].headers).then(() => "taken", (error) => error.constructor.name);

console.log(JSON.stringify({
  video, withFile, withUrl, wrongImage, wrongImageByUrl, wrongSeconds, wrongSize, wrongModel, wrongKey, withSeed, refused, pro, json, contents, early,
  list: { first: first.data.map(({ id }) => id), hasMore: first.has_more, all }, deleted, gone, events, forged,
}));
