// What a browser is told with every file of the ward client.
//
//   WU4  Its own files, its own site, nothing else: no inline script, no inline style, no other origin, in nobody's frame.
//
// `wasm-unsafe-eval` compiles the reader of barcodes, which is one of our files; it opens no `eval`. Addresses of blobs and data are for
// pictures that the client drew itself.

export const CLIENT_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Wristbands and medicines are scanned by the camera, passkeys unlock; nothing else of the browser is used. */
export const CLIENT_PERMISSIONS =
  'camera=(self), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-create=(self), publickey-credentials-get=(self)';
