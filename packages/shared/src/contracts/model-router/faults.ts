import { defineFaults } from '../../fault/fault.ts'

/**
 * Faults of a provider carry in `meta`: `provider`, `cause` (`refused`, `rate-limited`, `failed`, `garbage`, `timeout`, `empty`, `cut`,
 * `unreachable`, `request-refused`, `unsupported`, `prompt-too-long` or `not-found`) and `afterFirstToken`. Before the first token nothing was
 * delivered and another model may be tried; after it, what was received is partial.
 */
export const modelsFaults = defineFaults('models', {
  unavailable: { status: 503, title: 'The model router is not available', remedy: 'Try again shortly.' },
  'not-found': { status: 404, title: 'No such model here', remedy: 'Choose one of GET /v1/models.' },
  conflict: {
    status: 409,
    title: 'The idempotency key came with another request',
    remedy: 'Use a new key for each new request.',
  },
  'provider-refused': {
    status: 502,
    title: 'The provider refused our credential',
    remedy: 'An admin must correct the key of this provider.',
  },
  'provider-rate-limited': {
    status: 429,
    title: 'The provider limits our rate',
    remedy: 'Try again after the stated time, or choose another model.',
  },
  'provider-failed': { status: 502, title: 'The provider failed', remedy: 'Try again, or choose another model.' },
  'provider-garbage': {
    status: 502,
    title: 'The provider answered what is not its protocol',
    remedy: 'Try again, or choose another model.',
  },
  'provider-empty': {
    status: 502,
    title: 'The provider answered with nothing',
    remedy: 'Try again, or choose another model.',
  },
  'provider-timeout': {
    status: 504,
    title: 'The provider did not answer in time',
    remedy: 'Try again, or choose another model.',
  },
  'provider-unreachable': {
    status: 502,
    title: 'The provider cannot be reached',
    remedy: 'Try again; an admin should check its address.',
  },
  'provider-cut': {
    status: 502,
    title: 'The provider broke the answer off',
    remedy: 'What came is partial. Ask again.',
  },
  'request-refused': {
    status: 400,
    title: 'The model cannot serve this request',
    remedy: 'See `detail`: shorten it, or change the parameter.',
  },
  unsupported: {
    status: 400,
    title: 'The model cannot honour a parameter',
    remedy: 'Leave out what `errors` names, let it be dropped, or choose another model.',
  },
  'prompt-too-long': {
    status: 400,
    title: 'The prompt is longer than the model takes',
    remedy: 'Shorten it, or choose a model with a larger context.',
  },
  'not-cleared': {
    status: 403,
    title: 'The model may not process this text',
    remedy: 'Choose a model that is cleared for the labels in `detail`, or ask an admin to clear one.',
  },
  invalid: { status: 400, title: 'It breaks a rule', remedy: 'Correct the fields that `errors` names.' },
  'budget-exceeded': {
    status: 429,
    title: 'A budget has no room for what this request may cost',
    remedy: 'Allow fewer tokens for the answer, wait for the next period of the budget, or ask an admin.',
  },
  'rate-limited': {
    status: 429,
    title: 'A limit of requests or tokens is reached',
    remedy: 'Try again after the stated time.',
  },
  blocked: {
    status: 403,
    title: 'The prompt holds what may not go to a cloud model',
    remedy: 'Leave out what `detail` names, or choose a model that your own machines run.',
  },
  'prompt-too-large': {
    status: 413,
    title: 'The prompt is larger than the workspace permits',
    remedy: 'Shorten it.',
  },
  'unknown-comparison': {
    status: 404,
    title: 'No such comparison here',
    remedy: 'Vote on a comparison that you asked for yourself.',
  },
  'caller-outdated': {
    status: 409,
    title: 'Who the caller is must be found out again',
    remedy: 'Nothing: the gateway does.',
  },
  forbidden: { status: 403, title: 'The caller may not use this', remedy: 'Ask an admin of the workspace.' },
})

/** What can come of asking a provider. */
export const providerFaults = [
  'models.provider-refused',
  'models.provider-rate-limited',
  'models.provider-failed',
  'models.provider-garbage',
  'models.provider-empty',
  'models.provider-timeout',
  'models.provider-unreachable',
  'models.provider-cut',
  'models.request-refused',
  'models.unsupported',
  'models.prompt-too-long',
  'models.not-found',
] as const

export const accessFaults = [
  'access.unavailable',
  'access.forbidden',
  'access.pending',
  'access.deactivated',
  'access.stopped',
] as const

/** Of every operation that sends text to a model. */
export const sendingFaults = [
  'models.not-cleared',
  'models.caller-outdated',
  'models.blocked',
  'models.prompt-too-large',
  'models.budget-exceeded',
  'models.rate-limited',
  'models.unavailable',
  ...providerFaults,
  ...accessFaults,
] as const
/** Of what is read. */
export const readingFaults = ['models.unavailable', ...accessFaults] as const
export const listFaults = ['models.invalid', ...readingFaults] as const
export const votingFaults = ['models.unknown-comparison', ...listFaults] as const
/** Of what admins change: each change is a row in the decision log first. */
export const adminFaults = ['models.not-found', 'models.invalid', 'audit.unavailable', ...readingFaults] as const
