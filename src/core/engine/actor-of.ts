// Who asks, as the engine takes them: the rights of `core/access`, at a server and on a device alike.
//
//   BD2  The same tables at every tier.
import type { Access } from '../access/access.ts';
import type { ResourceJson } from '../base/json-types.ts';
import { homeCompartment } from '../fhir/compartment.ts';
import type { Actor } from './engine.ts';

export function actorOf(access: Access): Actor {
  const { principal, visible, create, update, delete: remove, putCreates, judgeWrite } = access;
  const { who, session, device } = principal;
  return {
    author: { practitioner: who, session, ...(device === undefined ? {} : { device }) },
    visible,
    may: {
      create,
      update,
      delete: remove,
      putCreates,
      judge: (write) => judgeWrite(write) ?? contextRefused(write.after),
    },
  };
}

/**
 * Who sees a Binary is decided by the patient whom its securityContext names. One that names anything else would have to
 * be hidden with that; until it is, it is not taken.
 */
function contextRefused(after: ResourceJson | undefined): string | undefined {
  if (after?.resourceType !== 'Binary' || after['securityContext'] === undefined) return undefined;
  return homeCompartment(after) === '' ? "A Binary's securityContext must name a patient, as Patient/[id]." : undefined;
}
