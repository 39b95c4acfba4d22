// Puts what is not FHIR on a server: request log, counters, back-pressure, health, metrics, front door.
//
//   1. A line of the log, a label of a metric and a refusal hold the route's pattern, never the address (it holds ids and
//      search values), and nothing of a body.
//   2. `/`, `/health`, `/metrics` and `/sync/status` answer under pressure: they are how an operator sees it.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { FRONT_DOOR_POLICY, frontDoor, type DemoPersonShown, type SignedInShown } from './front-door.ts';
import { healthOf, type HealthDeps } from './health.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { PRESSURE_DEFAULTS, watchPressure, type PressureLimits } from './pressure.ts';
import { routePattern } from './route-pattern.ts';

export interface NodeDeps extends HealthDeps {
  readonly log: Log;
  readonly metrics: Metrics;
  /** The text of `/metrics`, of all processes. */
  readonly gatherMetrics: () => Promise<string>;
  /** Empty on a node that is no demo. */
  readonly demoPeople: () => readonly DemoPersonShown[];
  readonly signedIn: (request: FastifyRequest, reply: FastifyReply) => Promise<SignedInShown | undefined>;
  /** For the forms of the front door; absent: it has none. */
  readonly formToken?: (request: FastifyRequest, reply: FastifyReply) => string | undefined;
  readonly pressure?: PressureLimits;
}

const UNHURRIED = new Set(['/', '/health', '/metrics', '/sync/status']);
const RETRY_AFTER_SECONDS = '1';
const OVERLOADED = JSON.stringify({
  resourceType: 'OperationOutcome',
  issue: [
    {
      severity: 'error',
      code: 'throttled',
      diagnostics: 'This server has more work than it can do in time. Nothing was changed; try again in a second.',
    },
  ],
});

const patternOf = (request: FastifyRequest): string => routePattern(request.url, request.routeOptions.url);

/** Call before any route is registered: its hooks hold for routes that come later. */
export function registerNode(app: FastifyInstance, deps: NodeDeps): void {
  const { log, metrics } = deps;
  const pressure = watchPressure(deps.pressure ?? PRESSURE_DEFAULTS);
  const inside = new WeakSet<FastifyRequest>();

  app.addHook('onRequest', (request, reply, next) => {
    reply.header('x-request-id', request.id);
    if (UNHURRIED.has(request.routeOptions.url ?? '')) return next();
    const why = pressure.enter();
    if (why === undefined) {
      inside.add(request);
      return next();
    }
    metrics.refused(why);
    reply
      .code(503)
      .header('retry-after', RETRY_AFTER_SECONDS)
      .header('content-type', 'application/fhir+json; charset=utf-8')
      .send(OVERLOADED);
  });
  const leave = (request: FastifyRequest): void => {
    if (inside.delete(request)) pressure.leave();
  };
  app.addHook('onResponse', (request, reply, next) => {
    leave(request);
    const ms = reply.elapsedTime;
    const route = patternOf(request);
    const bytes = Number(reply.getHeader('content-length') ?? 0);
    metrics.requestDone(request.method, route, reply.statusCode, ms / 1_000, bytes);
    log.info(
      { id: request.id, method: request.method, route, status: reply.statusCode, ms: Math.round(ms * 10) / 10, bytes },
      'request',
    );
    next();
  });
  // A client that went away gets no answer, so the hook above does not run.
  app.addHook('onRequestAbort', (request, next) => {
    leave(request);
    next();
  });
  app.addHook('onClose', (_app, done) => {
    pressure.stop();
    done();
  });

  app.get('/health', async (_request, reply) => {
    const health = await healthOf(deps);
    return plain(reply, health.status === 'unavailable' ? 503 : 200, 'application/json; charset=utf-8').send(
      JSON.stringify(health),
    );
  });
  app.get('/metrics', async (_request, reply) => {
    metrics.inFlight(pressure.inFlight());
    return plain(reply, 200, 'text/plain; version=0.0.4; charset=utf-8').send(await deps.gatherMetrics());
  });
  app.get('/', async (request, reply) => {
    const [health, signedIn] = await Promise.all([healthOf(deps), deps.signedIn(request, reply)]);
    return (
      plain(reply, 200, 'text/html; charset=utf-8')
        .header('content-security-policy', FRONT_DOOR_POLICY)
        // A form that comes without its origin is refused: so the origin goes to this node, and to nobody else.
        .header('referrer-policy', 'same-origin')
        .send(frontDoor(health, signedIn, deps.demoPeople(), deps.formToken?.(request, reply)))
    );
  });
}

const plain = (reply: FastifyReply, status: number, type: string): FastifyReply =>
  reply
    .code(status)
    .header('content-type', type)
    .header('cache-control', 'no-store')
    .header('x-content-type-options', 'nosniff');
