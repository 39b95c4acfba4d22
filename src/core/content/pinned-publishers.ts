// Whose content this program trusts: public keys (ed25519, hexadecimal). The one here signed the demonstration package; its private half
// was never written down (`tools/build-content.mjs`).
export const PINNED_PUBLISHERS: readonly string[] = [
  '29a2287a1e8af739503c0d6894b1eafa5eeb2d9660fbd86222002ca064671a20',
];
