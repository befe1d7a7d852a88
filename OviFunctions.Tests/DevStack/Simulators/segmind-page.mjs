// Sends the request of Segmind's own page, then the same by the asynchronous API, and prints what it saw as JSON.
// node segmind-page.mjs <node_modules> <simulator URL> <key> <image URL> <the page's sample>
import { readFileSync } from "node:fs";

const [, simulator, key, imageUrl, page] = process.argv.slice(2);
const sample = readFileSync(page, "utf8");

// Python's literals of strings alone are JSON. The key, the host and the picture, which we cannot reach, are ours.
const url = /url = "https:\/\/api\.segmind\.com\/(.*?)"/.exec(sample)[1];
const headers = { ...JSON.parse(/headers = (\{.*?\n\})/s.exec(sample)[1]), "x-api-key": key };
const data = { ...JSON.parse(/data = (\{.*?\n\})/s.exec(sample)[1]), image: imageUrl };

const post = (path, body, other = headers) =>
  fetch(new URL(path, simulator), { method: "POST", headers: other, body: typeof body === "string" ? body : JSON.stringify(body) });
const answer = async (response) => ({ status: response.status, ...(await response.json()) });

async function video(response) {
  const bytes = Buffer.from(await response.arrayBuffer());
  return {
    status: response.status, type: response.headers.get("content-type"), size: bytes.length, brand: bytes.toString("latin1", 4, 8),
    cost: response.headers.get("x-cost"), seed: response.headers.get("x-seed-value"),
  };
}

async function run(body) {
  const submitted = await answer(await post(url.replace("v1/", "v2/"), body));
  const statuses = new Set([submitted.status]);
  for (;;) {
    const state = await fetch(submitted.status_url, { headers });
    const { status } = await state.json();
    statuses.add(status);
    if (status === "COMPLETED" || status === "FAILED") break;
  }
  const read = await fetch(submitted.response_url, { headers });
  return { http: read.status, statuses: [...statuses], ...(await read.json()) };
}

const asynchronous = await run({ ...data, seed: 7 });
console.log(JSON.stringify({
  sent: data,
  page: await video(await post(url, data)),
  seeded: await video(await post(url, { ...data, seed: 7 })),
  asynchronous, file: await video(await fetch(asynchronous.output)),
  failed: await run({ ...data, prompt: "something broken" }),
  refused: await answer(await post(url, { ...data, prompt: "something forbidden" })),
  noImage: await answer(await post(url, { prompt: "a cat" })),
  wrongSeed: await answer(await post(url, { ...data, seed: "seven" })),
  noContentType: await answer(await post(url, JSON.stringify(data), { "x-api-key": key })),
  bearer: await answer(await post(url, data, { "Content-Type": "application/json", Authorization: `Bearer ${key}` })),
  get: (await fetch(new URL(url, simulator), { headers })).headers.get("content-type"),
  unknown: await answer(await fetch(new URL("v2/requests/none", simulator), { headers })),
}));
