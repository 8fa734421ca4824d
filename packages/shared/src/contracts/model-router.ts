import { type Static, Type } from 'typebox'
import { call, defineContract, stream } from '../bus/contract.ts'
import { defineFaults } from '../fault/fault.ts'
import { IdOf } from '../ids/ids.ts'

/**
 * Faults of a provider carry in `meta`: `provider`, `cause` (one of `refused`, `rate-limited`, `failed`, `garbage`, `timeout`, `cut`,
 * `unreachable`) and `afterFirstToken`. Before the first token nothing was delivered and another model may be tried;
 * after it, what was received is partial.
 */
export const modelsFaults = defineFaults('models', {
  unavailable: { status: 503, title: 'The model router is not available', remedy: 'Try again shortly.' },
  'not-found': { status: 404, title: 'No such model here', remedy: 'Choose one of GET /v1/models.' },
  'provider-refused': {
    status: 502,
    title: 'The provider refused our credential',
    remedy: 'An admin must correct the key of this provider.',
  },
  'provider-rate-limited': {
    status: 503,
    title: 'The provider limits our rate',
    remedy: 'Try again after the stated time, or choose another model.',
  },
  'provider-failed': { status: 502, title: 'The provider failed', remedy: 'Try again, or choose another model.' },
  'provider-garbage': {
    status: 502,
    title: 'The provider answered what is not its protocol',
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
  'not-cleared': {
    status: 403,
    title: 'The model may not process this text',
    remedy: 'Choose a model that is cleared for the labels in `detail`, or ask an admin to clear one.',
  },
  forbidden: { status: 403, title: 'The caller may not use this', remedy: 'Ask an admin of the workspace.' },
})

/** `openai/gpt-…`, `anthropic/claude-…`, `tessera/extractive`, … */
export const ModelName = Type.String({ minLength: 3, maxLength: 200, pattern: '^[a-z0-9-]+/.+$' })

export const TextPart = Type.Object({ type: Type.Literal('text'), text: Type.String() })
/** A passage as material: untrusted; each adapter renders it, and the extractive model answers from it. `id` is the marker used in the answer (`[1]`). */
export const PassagePart = Type.Object({
  type: Type.Literal('passage'),
  id: Type.String({ maxLength: 64 }),
  title: Type.String(),
  text: Type.String(),
})
export const Part = Type.Union([TextPart, PassagePart])
export const PromptMessage = Type.Object({
  role: Type.Union([Type.Literal('system'), Type.Literal('user'), Type.Literal('assistant')]),
  content: Type.Array(Part),
})
export type PromptMessage = Static<typeof PromptMessage>

export const FinishReason = Type.Union([
  Type.Literal('stop'),
  Type.Literal('length'),
  Type.Literal('content-filter'),
  Type.Literal('tool-call'),
  Type.Literal('other'),
])
export type FinishReason = Static<typeof FinishReason>

export const Usage = Type.Object({
  inputTokens: Type.Integer({ minimum: 0 }),
  outputTokens: Type.Integer({ minimum: 0 }),
  estimated: Type.Boolean({ description: 'True where the provider gave no numbers and we counted ourselves.' }),
})
export type Usage = Static<typeof Usage>

export const CompletionRequest = Type.Object({
  model: ModelName,
  messages: Type.Array(PromptMessage, { minItems: 1, maxItems: 1000 }),
  maxOutputTokens: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  temperature: Type.Optional(Type.Number({ minimum: 0, maximum: 2 })),
  topP: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  stop: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { maxItems: 4 })),
  seed: Type.Optional(Type.Integer()),
  /** The decisions under which what is in the prompt was given out (ACCESS.md section 7). Empty for a raw call. */
  decisionIds: Type.Array(IdOf('dec'), { maxItems: 1000 }),
})
export type CompletionRequest = Static<typeof CompletionRequest>

/** One stream of a completion: `start`, any number of `text-delta`, one `end`. */
export const CompletionEvent = Type.Union([
  Type.Object({ type: Type.Literal('start'), model: ModelName, provider: Type.String() }),
  Type.Object({ type: Type.Literal('text-delta'), text: Type.String() }),
  Type.Object({
    type: Type.Literal('end'),
    finishReason: FinishReason,
    usage: Usage,
    /** What the provider itself took: to its first text, and in all. Milliseconds. */
    firstTextMs: Type.Optional(Type.Number()),
    totalMs: Type.Number(),
  }),
])
export type CompletionEvent = Static<typeof CompletionEvent>

const providerFaults = [
  'models.provider-refused',
  'models.provider-rate-limited',
  'models.provider-failed',
  'models.provider-garbage',
  'models.provider-timeout',
  'models.provider-unreachable',
  'models.provider-cut',
  'models.request-refused',
  'models.unavailable',
] as const
const accessFaults = [
  'access.unavailable',
  'access.forbidden',
  'access.pending',
  'access.deactivated',
  'access.stopped',
] as const

export const modelsContract = defineContract({
  service: 'models',
  version: 1,
  faults: modelsFaults,
  operations: {
    complete: stream({
      summary: 'Lets a model answer.',
      calledBy: ['agents', 'gateway'],
      input: CompletionRequest,
      event: CompletionEvent,
      faults: ['models.not-found', 'models.not-cleared', ...providerFaults, ...accessFaults],
      timeoutMs: 600_000,
    }),
    embed: call({
      summary: 'Vectors of texts.',
      calledBy: ['retrieval', 'gateway'],
      input: Type.Object({
        model: ModelName,
        texts: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 256 }),
      }),
      output: Type.Object({
        /** Base64 of little-endian 32-bit floats, one string per text. */
        vectors: Type.Array(Type.String()),
        dimensions: Type.Integer(),
        usage: Usage,
      }),
      faults: ['models.not-found', 'models.not-cleared', ...providerFaults, ...accessFaults],
      timeoutMs: 60_000,
      idempotent: true,
    }),
    listModels: call({
      summary: 'The models that are switched on.',
      calledBy: ['gateway', 'agents', 'retrieval'],
      input: Type.Object({}),
      output: Type.Object({
        models: Type.Array(
          Type.Object({
            model: ModelName,
            provider: Type.String(),
            kind: Type.Union([Type.Literal('completion'), Type.Literal('embedding')]),
          }),
        ),
        defaultModel: ModelName,
      }),
      faults: [],
      timeoutMs: 10_000,
      idempotent: true,
    }),
    listUsage: call({
      summary: 'What was used, newest first: own requests, or all of them for an admin.',
      calledBy: ['gateway'],
      input: Type.Object({
        cursor: Type.Optional(Type.String()),
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
      }),
      output: Type.Object({
        items: Type.Array(
          Type.Object({
            at: Type.String(),
            subject: Type.String(),
            actors: Type.Array(Type.String()),
            model: Type.String(),
            operation: Type.String({ description: '`complete` or `embed`.' }),
            outcome: Type.String({
              description:
                '`started` (it goes on, or its process was killed), `completed`, `cancelled`, or the code of a fault.',
            }),
            usage: Usage,
          }),
        ),
        nextCursor: Type.Optional(Type.String()),
      }),
      faults: ['models.request-refused', 'models.unavailable', ...accessFaults],
      timeoutMs: 5000,
      idempotent: true,
    }),
  },
  events: {},
})
