// The page that people print and hang up: how a device comes to trust this site, and how to see that it is the right site.
//
// It loads nothing, runs no script, and holds nothing secret. Serve it with TRUST_PAGE_POLICY, and the certificate at the
// address that it names as `application/x-x509-ca-cert`.
import { toString as qrCode } from 'qrcode';

export const TRUST_PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export interface TrustPageContent {
  /** `AB:CD:…` */
  readonly caFingerprintSha256: string;
  /** Where the authority's certificate is fetched: `https://kisoro.example.org/trust/ca.crt`. */
  readonly certificateAddress: string;
  /** What the site is called by its people. */
  readonly site: string;
}

/** The page as HTML. The QR code holds the address with the fingerprint behind `#sha256=`, which no request carries. */
export async function trustPage(content: TrustPageContent): Promise<string> {
  const print = content.caFingerprintSha256;
  const code = `${content.certificateAddress}#sha256=${print.replaceAll(':', '').toLowerCase()}`;
  const svg = await qrCode(code, { type: 'svg', errorCorrectionLevel: 'M', margin: 2 });
  const groups = print.split(':');
  const lines = Array.from({ length: Math.ceil(groups.length / 8) }, (_, at) =>
    groups.slice(at * 8, at * 8 + 8).join(':'),
  );
  const address = escaped(content.certificateAddress);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Trust this site</title>
<meta name="viewport" content="width=device-width">
<style>
body{font:16px/1.45 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#111}
h1{font-size:1.5rem}h2{font-size:1.05rem;margin:1.2rem 0 .2rem}ol{margin:.2rem 0 .2rem 1.2rem;padding:0}
.print{font:600 1.05rem/1.6 ui-monospace,monospace;white-space:pre;border:2px solid #111;padding:.6rem 1rem;display:inline-block}
.code svg{width:13rem;height:13rem}code{font:.95em ui-monospace,monospace;overflow-wrap:anywhere}
@media print{body{margin:0;font-size:12px}.code svg{width:10rem;height:10rem}}
</style></head><body>
<h1>${escaped(content.site)}: make this device trust the site</h1>
<p>The record of this site is reached over a connection that the site itself vouches for. Each device must be told once.</p>
<h2>1. Fetch the certificate</h2>
<p><code>${address}</code></p>
<div class="code">${svg}</div>
<h2>2. Compare this fingerprint (SHA-256), every character of the first and the last line at least</h2>
<div class="print">${lines.map(escaped).join('\n')}</div>
<p>If it differs, stop and call IT: it is not this site. Compare with a sheet that IT printed, not with this page on the screen.</p>
<h2>3. Install it</h2>
<p>Many devices: bring it by group policy, MDM or your configuration management. One device:</p>
<h2>Windows</h2><ol><li>Show the fingerprint: <code>certutil -dump ca.crt</code> (Cert Hash sha256).</li>
<li>As administrator: <code>certutil -addstore Root ca.crt</code>. Edge and Chrome use it at once.</li></ol>
<h2>macOS</h2><ol><li><code>openssl x509 -in ca.crt -noout -fingerprint -sha256</code></li>
<li><code>sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain ca.crt</code></li></ol>
<h2>iPhone and iPad (iOS)</h2><ol><li>Open the address in Safari, allow the profile, then Settings, Profile Downloaded, Install; the fingerprint is under More Details.</li>
<li>Settings, General, About, Certificate Trust Settings: switch this certificate on. Without this step it is not trusted.</li></ol>
<h2>Android</h2><ol><li>Settings, Security, Encryption and credentials, Install a certificate, CA certificate; choose the file.</li>
<li>Compare under Trusted credentials, User. Chrome uses it; other apps may not. The device must have a screen lock.</li></ol>
<h2>Linux</h2><ol><li><code>openssl x509 -in ca.crt -noout -fingerprint -sha256</code></li>
<li>Debian, Ubuntu: copy it to <code>/usr/local/share/ca-certificates/</code> and run <code>sudo update-ca-certificates</code>.
Fedora, RHEL: <code>sudo trust anchor ca.crt</code>. Chrome: Settings, Privacy and security, Security, Manage certificates.</li></ol>
<h2>Firefox</h2><ol><li>On Windows and macOS it takes what the system trusts. Else: Settings, Privacy &amp; Security, View Certificates, Authorities, Import; tick “identify websites”.</li>
<li>Compare the SHA-256 fingerprint under View before you agree.</li></ol>
<h2>What a device agrees to</h2>
<p>This certificate can vouch for the names and addresses of this site alone, and for nothing else on the Internet.</p>
</body></html>
`;
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
