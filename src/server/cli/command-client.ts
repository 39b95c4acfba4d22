// `holdfast client …`: the programs that may ask this node for tokens.
import { atTerminal } from './at-terminal.ts';
import type { Command } from './command.ts';
import { manageClients } from './manage-clients.ts';

export const clientCommand: Command = {
  name: 'client',
  summary: 'Registers programs (SMART apps and services).',
  help: `holdfast client add --name NAME --kind public|confidential|service --scope SCOPES
                    [--redirect URIS] [--after-sign-out URIS] [--launch URI] [--keys FILE | --keys-at URL]
                    [--authentication WAY] [--id ID] [--may-introspect]
holdfast client list [--json]
holdfast client show ID [--json]
holdfast client rotate ID [--keys FILE]
holdfast client remove ID

  add      registers a program and prints its client id, and its secret where it has one: shown this once
  rotate   a new secret, or new public keys, in place of the old
  remove   takes it off; its tokens end within seconds

  --kind      public: an app in a browser or on a phone; confidential: an app on a server; service: a program without a person
              (SMART Backend Services)
  --scope     everything it may ever be granted, separated by spaces, in quotes: "launch/patient patient/*.rs"
  --redirect  where people are sent back to; several separated by commas
  --launch    where a launch out of the record begins
  --keys      a file with its public keys (JWK Set, RFC 7517), for signed assertions; --keys-at: an https address of theirs
  --authentication  client_secret_basic, client_secret_post or private_key_jwt
  --json      for programs; secrets are in none of it`,
  run: async (args, around) => atTerminal(around, 'client', manageClients(args)),
};
