import { defineFaults } from '../fault/fault.ts'

/** What can be wrong with a request before any service is asked. */
export const httpFaults = defineFaults('http', {
  'invalid-request': {
    status: 400,
    title: 'The request is not valid',
    remedy: 'Correct the fields that `errors` names.',
  },
  unauthenticated: {
    status: 401,
    title: 'The request carries no valid credential',
    remedy: 'Send a valid, unexpired token of the identity provider, or an API key, as `Authorization: Bearer …`.',
  },
  forbidden: {
    status: 403,
    title: 'The credential does not reach this far',
    remedy: 'Use a key whose scopes include the one that `detail` names.',
  },
  'not-found': {
    status: 404,
    title: 'Nothing is here',
    remedy: 'Check the address; what you may not know of is not found either.',
  },
  'not-acceptable': { status: 406, title: 'No such representation', remedy: 'Ask for one that `detail` names.' },
  'too-large': {
    status: 413,
    title: 'The body is over the limit',
    remedy: 'Send less at once; `detail` names the limit.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The media type of the body is not supported',
    remedy: 'Send `application/json`.',
  },
  'rate-limited': { status: 429, title: 'Too many requests', remedy: 'Wait for the time that `Retry-After` states.' },
  internal: { status: 500, title: 'The service failed', remedy: 'Report it with the traceId.' },
  closing: { status: 503, title: 'This process is stopping', remedy: 'Try again; another one answers.' },
})

/** About the person who calls. */
export const principalFaults = defineFaults('principal', {
  pending: {
    status: 403,
    title: 'You are waiting for an admin',
    remedy: 'Ask an admin of the workspace to admit you; until then only GET /v1/me works.',
  },
  deactivated: { status: 403, title: 'You are deactivated', remedy: 'Ask an admin of the workspace.' },
})

/** The one answer for what isn't there, is another workspace's, or may not be known of. */
export const notFound = () => httpFaults.fault('not-found', 'There is nothing here that you may know of.')
