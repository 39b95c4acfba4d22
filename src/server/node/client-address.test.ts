import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { clientAddressOf, countedAs, isLoopbackAddress } from './client-address.ts';

function from(remote: string | undefined, forwarded?: string): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: remote });
  const request = new IncomingMessage(socket);
  if (forwarded !== undefined) request.headers['x-forwarded-for'] = forwarded;
  return request;
}

test('[WI6] without a trusted proxy the header is never looked at', () => {
  expect(clientAddressOf(from('192.0.2.1', '10.0.0.1'), false)).toBe('192.0.2.1');
  expect(clientAddressOf(from('::ffff:192.0.2.1'), false)).toBe('192.0.2.1');
  expect(clientAddressOf(from('fe80::1%eth0'), false)).toBe('fe80::1');
  expect(clientAddressOf(from(undefined), false)).toBe('');
});

test('[WI6] with one, what the proxy itself wrote counts, and what is no address counts as nothing', () => {
  const cases: readonly (readonly [forwarded: string | undefined, address: string])[] = [
    ['203.0.113.7', '203.0.113.7'],
    ['10.0.0.1, 203.0.113.7', '203.0.113.7'],
    ['127.0.0.1,203.0.113.7:4711', '203.0.113.7'],
    ['[2001:db8::7]:443', '2001:db8::7'],
    ['2001:DB8::7', '2001:db8::7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['203.0.113.7, unknown', '127.0.0.1'],
    ['203.0.113.7,', '127.0.0.1'],
    ['', '127.0.0.1'],
    ["'; drop table", '127.0.0.1'],
    [undefined, '127.0.0.1'],
  ];
  for (const [forwarded, address] of cases) {
    expect(clientAddressOf(from('127.0.0.1', forwarded), true), forwarded).toBe(address);
  }
});

test('[WI7] IPv6 clients are counted by their /64', () => {
  expect(countedAs('192.0.2.1')).toBe('192.0.2.1');
  expect(countedAs('2001:db8:0:1::5')).toBe(countedAs('2001:db8::1:aaaa:0:0:9'));
  expect(countedAs('2001:db8:0:1::5')).toBe(countedAs('2001:0db8:0000:0001:0:0:0:1'));
  expect(countedAs('2001:db8:0:1::5')).not.toBe(countedAs('2001:db8:0:2::5'));
  expect(countedAs('::1')).toBe('0:0:0:0');
});

test('[WI11] which addresses are this machine', () => {
  expect(['127.0.0.1', '127.3.2.1', '::1'].map(isLoopbackAddress)).toEqual([true, true, true]);
  expect(['10.0.0.1', '', '::', '1127.0.0.1', '127.0.0.1.5'].map(isLoopbackAddress)).not.toContain(true);
});
