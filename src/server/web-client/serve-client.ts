// The ward client as files: `/ward/…`, and the rescue page at `/rescue/`, which stands outside of everything that the client does.
//
//   WU2  What has its hash in its name is kept by browsers for good; anything else is asked about each time, and answered by its hash.
//   WU5  An address below `/ward/` that names no file is the client's own business, and answered with the client; one that looks like a
//        file is 404, so that a script that is gone is never answered with a page.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CLIENT_PERMISSIONS, CLIENT_POLICY } from './client-policy.ts';
import type { ClientBuilds, ClientFile } from './read-builds.ts';

const FOR_GOOD = 'public, max-age=31536000, immutable';
const ASK_EACH_TIME = 'no-cache';
/** No worker keeps it, and it is needed most when nothing answers: the browser's own cache has it for a week. */
const RESCUE_KEPT = 'public, max-age=604800';
/** An address of a screen has no dot in its last part: ids are made without one. */
const LOOKS_LIKE_A_FILE = /\.[a-z0-9]{1,12}$/i;
const NOT_BUILT =
  'The ward client is not built on this node. Start it by `npm start`, or run `node tools/build-web.mjs` there.';

export function serveClient(app: FastifyInstance, builds: ClientBuilds): void {
  app.get('/ward', (_request, reply) => reply.code(308).header('location', '/ward/').send(''));
  app.get('/ward/*', (request, reply) => {
    const path = restOf(request);
    if (builds.current() === undefined) return missing(reply, 503, NOT_BUILT);
    // The rescue page is served at its own address alone.
    const file = path.startsWith('rescue/') ? undefined : builds.find(path === '' ? 'index.html' : path);
    if (file !== undefined) return sendFile(request, reply, file);
    const page = LOOKS_LIKE_A_FILE.test(path) ? undefined : builds.find('index.html');
    return page === undefined ? missing(reply, 404, 'There is no such file.') : sendFile(request, reply, page);
  });
  app.get('/rescue', (_request, reply) => reply.code(308).header('location', '/rescue/').send(''));
  app.get('/rescue/*', (request, reply) => {
    const path = restOf(request);
    const file = builds.find(`rescue/${path === '' ? 'index.html' : path}`);
    return file === undefined ? missing(reply, 404, 'There is no such file.') : sendFile(request, reply, file);
  });
}

function restOf(request: FastifyRequest): string {
  const { params } = request;
  const rest: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, '*') : undefined;
  return typeof rest === 'string' ? rest : '';
}

const missing = (reply: FastifyReply, status: number, text: string): FastifyReply =>
  reply.code(status).header('content-type', 'text/plain; charset=utf-8').send(`${text}\n`);

async function sendFile(request: FastifyRequest, reply: FastifyReply, file: ClientFile): Promise<FastifyReply> {
  const tag = `"${file.hash}"`;
  reply
    .header('content-security-policy', CLIENT_POLICY)
    .header('permissions-policy', CLIENT_PERMISSIONS)
    // The forms of sign-in are believed by where they come from: so the origin goes to this node, and to nobody else.
    .header('referrer-policy', 'same-origin')
    .header('cache-control', file.immutable ? FOR_GOOD : file.path.startsWith('rescue/') ? RESCUE_KEPT : ASK_EACH_TIME)
    .header('etag', tag)
    .header('vary', 'accept-encoding');
  const known = request.headers['if-none-match'];
  if (known !== undefined && known.split(',').some((one) => one.trim().replace(/^W\//, '') === tag)) {
    return reply.code(304).send('');
  }
  const zipped = file.hasGzip && /(?:^|[\s,])gzip(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/i.test(acceptsOf(request));
  reply.header('content-type', file.type);
  if (zipped) reply.header('content-encoding', 'gzip');
  return reply.send(await file.read(zipped ? 'gzip' : 'plain'));
}

const acceptsOf = (request: FastifyRequest): string => {
  const accepts = request.headers['accept-encoding'];
  return typeof accepts === 'string' ? accepts : '';
};
