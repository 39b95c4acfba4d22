// Whose content this program trusts: public keys (ed25519, hexadecimal). The one here signed the demonstration package; its private half
// was never written down (`tools/build-content.mjs`).
export const PINNED_PUBLISHERS: readonly string[] = [
  'd5650ae12aad88b4218e38fee59e5b95681c231ab72f3945951e41b4de52febe',
];
