// Stands in for the gateway in GatewayProcessTests: counts its starts in the database file, shows its settings, can be told to hang.
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const database = process.env.EmbeddedHost__DatabasePath;
appendFileSync(database, 'x');
const { hostname, port } = new URL(process.env.ASPNETCORE_URLS);
createServer((request, response) => {
  if (request.url === '/health/ready') return response.end('ready');
  response.end(JSON.stringify({ starts: readFileSync(database).length, pid: process.pid, storage: process.env.AzureWebJobsStorage, extra: process.env.Some__Setting }));
}).listen(Number(port), hostname);
