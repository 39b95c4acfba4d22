// Whether a node is reached from this machine alone.
import { isLoopbackAddress, plainAddress } from '../node/client-address.ts';

/** `localhost`, or an address that never leaves the machine (RFC 1122 3.2.1.3, RFC 4291 2.5.3). */
export const isLoopbackHost = (host: string): boolean => host === 'localhost' || isLoopbackAddress(plainAddress(host));
