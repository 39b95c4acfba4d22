// `holdfast tls`: what a site's authority is known by, its certificate for devices, the sheet to print, and a new authority.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { errorCode, Trouble } from '../storage/embedded/trouble.ts';
import { fingerprintOf } from '../tls/issue.ts';
import { replaceAuthority } from '../tls/site-certificates.ts';
import { trustPage } from '../tls/trust-page.ts';
import type { Command } from './command.ts';
import { readOptions } from './options.ts';
import { note, say } from './terminal.ts';

export const tlsCommand: Command = {
  name: 'tls',
  summary: "Shows and exports the site's certificate authority.",
  help: `holdfast tls [--ca FILE] [--page FILE] [--new-authority]

Prints the SHA-256 fingerprint of the authority of this site, by which people see that a device was given the right one.
It is made when a node first listens on an address that others reach (HOLDFAST_HOST, HOLDFAST_NAMES).

  --ca FILE        writes its certificate, to be brought to devices (it is public)
  --page FILE      writes the sheet to print: fingerprint, QR code, and steps for each kind of device
  --new-authority  sets the authority aside; a running node makes another within a minute, else the next start does. EVERY
                   device must then be given the new certificate: only when the key was stolen, the node needs a name that
                   the old one does not permit, or it runs out`,
  run: async (args, { settings: read }) => {
    const kinds = { ca: 'text', page: 'text', 'new-authority': 'flag' } as const;
    const given = readOptions(args, kinds, 0, 0, 'tls');
    const settings = read();
    const folder = join(settings.data, 'tls');
    const file = join(folder, 'ca.crt');
    if (!existsSync(file)) {
      throw new Trouble(
        `There is no authority in ${folder}. It is made when the node first listens on an address that others reach (HOLDFAST_HOST).`,
      );
    }
    if (given.flag('new-authority')) {
      const stamp = new Date().toISOString().replaceAll(/[:.]/g, '');
      if (!(await replaceAuthority(folder, stamp))) {
        throw new Trouble('The node is making a certificate at this moment. Try again in a minute.');
      }
      note('The authority was set aside. Give every device the new one, which the node makes within a minute.');
      return 0;
    }
    const pem = readFileSync(file, 'utf8');
    const fingerprint = fingerprintOf(pem);
    const write = (path: string, text: string): void => {
      try {
        writeFileSync(resolve(path), text, { mode: 0o644 });
      } catch (error) {
        throw new Trouble(`${path} cannot be written (${errorCode(error) ?? 'unknown'}).`, { cause: error });
      }
    };
    const ca = given.text('ca');
    if (ca !== undefined) write(ca, pem);
    const page = given.text('page');
    if (page !== undefined) {
      const name = settings.names[0] ?? 'localhost';
      const port = settings.port === 443 ? '' : `:${settings.port}`;
      const certificateAddress = `https://${name.includes(':') ? `[${name}]` : name}${port}/trust/ca.crt`;
      write(page, await trustPage({ caFingerprintSha256: fingerprint, certificateAddress, site: name }));
    }
    say(fingerprint);
    return 0;
  },
};
