// Where a device learns to trust a site: the page with the fingerprint of its authority, and the authority's certificate.
// Both are public: they prove nothing by themselves, people compare the fingerprint with the one on paper.
import type { FastifyInstance } from 'fastify';
import type { SiteCertificates } from './tls/site-certificates.ts';
import { TRUST_PAGE_POLICY, trustPage } from './tls/trust-page.ts';

export function registerTrustRoutes(app: FastifyInstance, certificates: SiteCertificates, site: string): void {
  app.get('/trust', async (request, reply) =>
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', TRUST_PAGE_POLICY)
      .send(
        await trustPage({
          caFingerprintSha256: certificates.caFingerprintSha256,
          certificateAddress: `${request.protocol}://${request.host}/trust/ca.crt`,
          site,
        }),
      ),
  );
  app.get('/trust/ca.crt', (_request, reply) =>
    reply
      .header('content-type', 'application/x-x509-ca-cert')
      .header('content-disposition', 'attachment; filename="holdfast-site.crt"')
      .send(certificates.caPem),
  );
}
