// A resource as it is written back: with every digit that its author wrote.
import { assert } from '../../../core/base/assert.ts';
import { parseJson } from '../../../core/base/json.ts';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import type { Shown } from '../../device/device.ts';

export function lossless({ text }: Pick<Shown, 'text'>): ResourceJson {
  const parsed = parseJson(text, { numbers: 'lossless', depthMax: 1_000 });
  assert(parsed.ok, 'what is shown is JSON');
  // A stored body is a resource.
  return parsed.value.value as ResourceJson;
}
