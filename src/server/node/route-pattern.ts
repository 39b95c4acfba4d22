// The shape of an address without anything that says of whom: for logs and metrics.

const SHOWN = new Set([
  '_history',
  '_search',
  'metadata',
  '$everything',
  '$validate',
  '$meta',
  '$meta-add',
  '$meta-delete',
]);

/** `/fhir/Patient/123/_history/4?x=y` is `/fhir/:type/:id/_history/:version`. `route` is what the server matched. */
export function routePattern(url: string, route: string | undefined): string {
  if (route === undefined) return '(none)';
  if (!route.startsWith('/fhir')) return route;
  const end = url.search(/[?#]/);
  const segments = (end < 0 ? url : url.slice(0, end)).split('/').slice(2);
  // Deeper than any address of the standard: one word for all of them.
  if (segments.length > 4) return '/fhir/(other)';
  const names = ['type', 'id', 'part', 'version'];
  return [
    '/fhir',
    ...segments.map((segment, at) => (SHOWN.has(segment) || segment === '' ? segment : `:${names[at]}`)),
  ].join('/');
}
