/** Limits of a server under the REST contract: small enough to be reached. */
export const CONTRACT_LIMITS = {
  resourceBytes: 200_000,
  bundleBytes: 2_000_000,
  bundleEntries: 200,
  includes: 12,
  answerChars: 500_000,
} as const;
