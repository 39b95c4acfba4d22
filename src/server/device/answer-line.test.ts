import { afterEach, expect, test } from 'vitest';
import { answerLine } from './answer-line.ts';
import { closeDevices, testDevice } from './device.test-kit.ts';
import { itemTexts } from './slice-json.ts';

afterEach(closeDevices);
type Told = Record<string, unknown> & { found?: readonly Record<string, unknown>[] };

test('[DV23] what is written by lines is read by lines, with every digit', async () => {
  const device = await testDevice();
  const ask = async (line: string): Promise<Told> => JSON.parse(await answerLine(device, line)) as Told;
  const body =
    '{ "resourceType":"Observation", "id":"o1", "status":"final","code":{"text":"a \\"quoted\\" ] } name"},"valueQuantity":{"value":1.500e1} }';
  expect(await ask(`{"id":1,"do":"update","resource":${body}}`)).toMatchObject({
    id: 1,
    ok: true,
    class: 'D0',
    seq: 1,
  });
  const read = await answerLine(device, '{"id":"two","do":"read","type":"Observation","of":"o1"}');
  expect(read).toContain('"valueQuantity":{"value":1.500e1}');
  expect(JSON.parse(read)).toMatchObject({ id: 'two', ok: true, conflict: false, resource: { id: 'o1' } });
  const bundle = `{"resourceType":"Bundle","type":"transaction","entry":[
    {"fullUrl":"urn:uuid:5f9c2f0a-4f0f-4f0e-8a63-0d7a3f6f4a11","request":{"method":"POST","url":"Patient"},"resource":{"resourceType":"Patient"}},
    {"request":{"method":"PUT","url":"Observation/o2"},"resource":{"resourceType":"Observation","id":"o2","status":"final","code":{"text":"x"},"subject":{"reference":"urn:uuid:5f9c2f0a-4f0f-4f0e-8a63-0d7a3f6f4a11"},"valueQuantity":{"value":2.00}}},
    {"request":{"method":"DELETE","url":"Observation/o1"}}]}`;
  const done = await ask(`{"id":3,"do":"transaction","bundle":${bundle}}`);
  expect(done).toMatchObject({
    ok: true,
    seq: 2,
    outcomes: [{ did: 'created' }, { did: 'created' }, { did: 'deleted' }],
  });
  const stale = await ask(`{"do":"update","ifMatch":"x","resolves":true,"resource":${body.replace('o1', 'o2')}}`);
  expect(stale).toMatchObject({ ok: false, error: expect.stringContaining('stale') as string });
  const found = await answerLine(device, '{"id":4,"do":"search","query":"Observation?_count=5"}');
  expect(found).toContain('"value":2.00');
  expect((JSON.parse(found) as Told).found).toHaveLength(1);
  expect(await ask('{"do":"read","type":"Observation","of":"o1"}')).toEqual({
    id: null,
    ok: false,
    error: 'It was deleted.',
  });
  expect(await ask(`{"do":"safety","origin":"${String(done['origin'])}","seq":2}`)).toMatchObject({
    class: 'D0',
    alsoOn: [],
  });
  expect(await ask('{"do":"status"}')).toMatchObject({ ok: true, unsent: { count: 2 } });
  expect(await ask('{"do":"sync"}')).toMatchObject({ ok: true, left: 2 });
  expect(await ask('{"do":"compact"}')).toMatchObject({ ok: true });
});

test('[DV23] a line that cannot be read, or that says nothing that can be done, is answered', async () => {
  const device = await testDevice();
  const ask = async (line: string): Promise<Told> => JSON.parse(await answerLine(device, line)) as Told;
  for (const line of [
    '{',
    '7',
    '[]',
    '{"id":5}',
    '{"id":5,"do":"fly"}',
    '{"id":5,"do":"create"}',
    '{"id":5,"do":"search","query":"observation"}',
  ])
    expect(await ask(line), line).toMatchObject({ ok: false, error: expect.any(String) as string });
  const invalid = await ask('{"id":6,"do":"create","resource":{"resourceType":"Observation"}}');
  expect(invalid).toMatchObject({ id: 6, ok: false });
  expect(String(invalid['error'])).toContain('Observation.status');
  for (const entry of [
    '{"request":{"method":"PUT","url":"Patient?name=x"},"resource":{}}',
    '{"request":{"method":"GET","url":"Patient/1"}}',
    '{}',
  ])
    expect(await ask(`{"do":"transaction","bundle":{"entry":[${entry}]}}`), entry).toMatchObject({ ok: false });
  expect(device.unsent().count).toBe(0);
});

test('[DV23] items of an array are cut out exactly', () => {
  const items = ['1.00', '"a,]\\"\\\\"', '{"b":[1,{"c":"}"}]}', '[]', 'null', '-2e5', 'true'];
  expect(itemTexts(`[ ${items.join(' ,\n ')} ]`)).toEqual(items);
  for (const none of ['[]', '[ ]', '{"a":[1]}', '"x"', '7', '']) expect(itemTexts(none)).toEqual([]);
});
