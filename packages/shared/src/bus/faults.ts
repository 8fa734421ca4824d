import { defineFaults } from '../fault/fault.ts'

export const busFaults = defineFaults('bus', {
  unavailable: { status: 503, title: 'The bus is not connected', remedy: 'Try again shortly.' },
  timeout: { status: 504, title: 'The deadline passed', remedy: 'Try again; ask for less if it persists.' },
  cancelled: { status: 499, title: 'The caller cancelled', remedy: 'Nothing: this is what was asked for.' },
  'contract-mismatch': {
    status: 500,
    title: 'A message did not fit its contract',
    remedy: 'Report it: two services disagree about a message.',
  },
  'too-large': { status: 413, title: 'The message is too large for the bus', remedy: 'Send less at once.' },
  unauthenticated: {
    status: 401,
    title: 'The call carried no valid assertion of its caller',
    remedy: 'Report it: a service called without saying for whom.',
  },
  internal: { status: 500, title: 'The service failed', remedy: 'Report it with the traceId.' },
})

export const streamFaults = defineFaults('stream', {
  'slow-consumer': {
    status: 429,
    title: 'The reader was too slow and the stream was cut',
    remedy: 'Read faster, or resume from the last event.',
  },
  cut: { status: 502, title: 'The stream broke off', remedy: 'Resume from the last event, or ask again.' },
})
