// Which addresses never leave the machine (RFC 1122 3.2.1.3, RFC 4291 2.5.3).

/** `127.0.0.1`, `::1`, and IPv4 addresses of loopback as a socket for both families shows them. */
export const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && (address === '::1' || /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address));

/** Whether what is listened on by this name is reached from this machine alone. */
export const isLoopbackHost = (host: string): boolean => host === 'localhost' || isLoopback(host);
