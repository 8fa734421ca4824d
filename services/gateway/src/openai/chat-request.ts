import { type Static, type TSchema, Type } from 'typebox'

const optional = <T extends TSchema>(schema: T, description?: string) =>
  Type.Optional(Type.Union([schema, Type.Null()], description ? { description } : {}))
const only = <T extends TSchema>(schema: T) => optional(schema, 'Only this value, which is the default, is supported.')

const TextPart = Type.Object({ type: Type.Literal('text'), text: Type.String() })

export const ChatMessage = Type.Object({
  role: Type.Union([
    Type.Literal('system'),
    Type.Literal('developer'),
    Type.Literal('user'),
    Type.Literal('assistant'),
  ]),
  content: Type.Union([Type.String(), Type.Array(TextPart, { minItems: 1 })]),
  // What an answer carried, so that a client may send one back as it was.
  refusal: Type.Optional(Type.Null()),
  annotations: Type.Optional(
    Type.Array(Type.Unknown(), { description: 'Ignored: it is history that a client brings.' }),
  ),
})
export type ChatMessage = Static<typeof ChatMessage>

/** What we honour of OpenAI's request. Anything else is an error that names it, never left out in silence. */
export const ChatRequest = Type.Object({
  model: Type.String({
    minLength: 1,
    maxLength: 200,
    description: '`agent/<handle>`, or `provider/name` of GET /v1/models.',
  }),
  messages: Type.Array(ChatMessage, { minItems: 1, maxItems: 500 }),
  stream: optional(Type.Boolean()),
  stream_options: optional(Type.Object({ include_usage: optional(Type.Boolean()) })),
  max_completion_tokens: optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  max_tokens: optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  temperature: optional(Type.Number({ minimum: 0, maximum: 2 })),
  top_p: optional(Type.Number({ minimum: 0, maximum: 1 }), 'Raw models only.'),
  stop: optional(
    Type.Union([Type.String({ minLength: 1 }), Type.Array(Type.String({ minLength: 1 }), { maxItems: 4 })]),
    'Raw models only.',
  ),
  seed: optional(Type.Integer(), 'Raw models only.'),
  user: optional(Type.String(), 'Has no effect: who calls is what the credential says.'),
  n: only(Type.Literal(1)),
  response_format: only(Type.Object({ type: Type.Literal('text') })),
  frequency_penalty: only(Type.Literal(0)),
  presence_penalty: only(Type.Literal(0)),
  logprobs: only(Type.Literal(false)),
  store: only(Type.Literal(false)),
})
export type ChatRequest = Static<typeof ChatRequest>

export const textOf = ({ content }: ChatMessage): string =>
  typeof content === 'string' ? content : content.map(({ text }) => text).join('\n')

export const roleOf = ({ role }: ChatMessage) => (role === 'developer' ? 'system' : role)

export const maxTokensOf = (request: ChatRequest) => request.max_completion_tokens ?? request.max_tokens ?? undefined
