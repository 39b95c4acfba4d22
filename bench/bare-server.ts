// The bare node:http server that reads are measured against: answers one body to everything, in as many processes as told.
import cluster from 'node:cluster';
import { createServer } from 'node:http';

async function bareServer(processes: number): Promise<void> {
  if (cluster.isPrimary) {
    const body = await new Promise<string>((done) => {
      process.once('message', (message) => done(String(message)));
      process.send?.('body?');
    });
    let ready = 0;
    for (let n = 0; n < processes; n++) {
      const worker = cluster.fork();
      worker.on('message', (message) => {
        if (message === 'body?') worker.send(body);
        else if (typeof message === 'number' && ++ready === processes) process.send?.(message);
      });
    }
    process.on('disconnect', () => process.exit(0));
    return;
  }
  process.once('message', (message) => {
    const bytes = Buffer.from(String(message));
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/fhir+json', 'content-length': bytes.length });
      response.end(bytes);
    });
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      process.send?.(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.('body?');
}

await bareServer(Number(process.argv[2] ?? 1));
