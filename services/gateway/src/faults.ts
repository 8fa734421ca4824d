import { defineFaults } from '@tessera/shared/fault/fault'

/** What only the gateway says: about runs that ended otherwise than with an answer, and about what it needs to know who calls. */
export const gatewayFaults = defineFaults('gateway', {
  'run-cancelled': {
    status: 409,
    title: 'The run was cancelled',
    remedy: 'Ask again; `meta.reason` tells whether somebody asked for it or the rights changed.',
  },
  'run-expired': { status: 504, title: 'The run took too long', remedy: 'Ask again.' },
  'identity-provider-unavailable': {
    status: 503,
    title: 'The keys of the identity provider cannot be read',
    remedy: 'Try again shortly; an admin should check its JWKS address.',
  },
})
