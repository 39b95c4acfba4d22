// The provider's steps as the node's pages see them, and what the pages answer.
//
//   SM24  Whoever signs in as another person than the browser's session has ends that session, and its grants, first.
//   SM25  A step is found by the cookie that the provider signed for it; a step of another browser, or one that is over, is none.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errors } from 'oidc-provider';
import type { Provider } from 'oidc-provider';
import type { Interaction, InteractionResult, InteractionsPort } from '../pages/ports.ts';
import type { OAuthAccounts } from './accounts-port.ts';
import type { ClientRegister } from './clients.ts';
import { isOwn } from './decide-grant.ts';
import type { Grants } from './grants.ts';
import { idAlone } from './launch-context.ts';

export interface InteractionsDeps {
  /** The provider of the name that the request came by; undefined: not one of ours. */
  readonly providerFor: (request: IncomingMessage) => Promise<Provider | undefined>;
  readonly accounts: OAuthAccounts;
  readonly clients: ClientRegister;
  readonly grants: Grants;
}

type Step = Awaited<ReturnType<Provider['interactionDetails']>>;
interface Found {
  readonly provider: Provider;
  readonly step: Step;
}

const STEPS: readonly Interaction['step'][] = ['login', 'consent', 'patient'];
const OWN_NAME = 'Holdfast';

export function interactionsOf(deps: InteractionsDeps): InteractionsPort {
  const { providerFor, accounts, clients, grants } = deps;

  const find = async (request: IncomingMessage, response: ServerResponse): Promise<Found | undefined> => {
    const provider = await providerFor(request);
    if (provider === undefined) return undefined;
    try {
      return { provider, step: await provider.interactionDetails(request, response) };
    } catch (thrown) {
      if (thrown instanceof errors.SessionNotFound) return undefined;
      throw thrown;
    }
  };
  const endSessionOf = async (
    provider: Provider,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    const session = await provider.Session.get(provider.createContext(request, response));
    if (session.accountId === undefined) return;
    await grants.endOfSession(session.uid);
    await session.destroy();
  };

  return {
    details: async (request, response) => {
      const found = await find(request, response);
      if (found === undefined) return undefined;
      const { params, prompt, session, uid } = found.step;
      const step = STEPS.find((name) => name === prompt.name);
      const clientId = params['client_id'];
      if (step === undefined || typeof clientId !== 'string') return undefined;
      const scope = params['scope'];
      const hint = params['login_hint'];
      return {
        uid,
        step,
        client: {
          id: clientId,
          name: isOwn(clientId) ? OWN_NAME : ((await clients.find(clientId))?.name ?? clientId),
          ours: isOwn(clientId),
        },
        scopes: typeof scope === 'string' ? scope.split(' ') : [],
        ...(session === undefined ? {} : { accountId: session.accountId, session: session.uid }),
        ...(typeof hint === 'string' ? { loginHint: hint } : {}),
      };
    },
    finish: async (request, response, result) => {
      const found = await find(request, response);
      if (found === undefined) throw new errors.SessionNotFound('this sign-in is over: start again');
      const { provider, step } = found;
      if (result.kind === 'signed-in') {
        const session = await provider.Session.get(provider.createContext(request, response));
        if (session.accountId !== undefined && session.accountId !== result.accountId) {
          await endSessionOf(provider, request, response);
          step.session = undefined;
        }
      }
      step.result = resultOf(step, result);
      await step.persist();
      return step.returnTo;
    },
    principalOf: async (accountId, session) => accounts.principalOf(accountId, session),
    endSession: async (request, response) => {
      const provider = await providerFor(request);
      if (provider !== undefined) await endSessionOf(provider, request, response);
    },
  };
}

/** What the same person settled before stays settled, but for a refusal, which ends it all. */
function resultOf(step: Step, result: InteractionResult): Step['result'] {
  const last = step.lastSubmission ?? {};
  const isAnother = result.kind === 'signed-in' && last.login?.accountId !== result.accountId;
  const before = isAnother ? {} : last;
  switch (result.kind) {
    case 'signed-in':
      return { ...before, login: { accountId: result.accountId, amr: [...result.amr], remember: false } };
    case 'patient':
      return { ...before, patient: { id: idAlone(result.patient) } };
    case 'consented':
      return { ...before, consent: { scopes: [...result.scopes] } };
    case 'refused':
      return { error: 'access_denied', error_description: result.why };
  }
}
