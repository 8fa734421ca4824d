import { type Static, Type } from 'typebox'

export const TextPart = Type.Object({ type: Type.Literal('text'), text: Type.String() })
/** A passage as material: untrusted; each adapter renders it, and the extractive model answers from it. `id` is the marker used in the answer (`[1]`). */
export const PassagePart = Type.Object({
  type: Type.Literal('passage'),
  id: Type.String({ maxLength: 64 }),
  title: Type.String(),
  text: Type.String(),
})
export const Part = Type.Union([TextPart, PassagePart])

/** Either its bytes, or an address that the provider itself reads; nothing of ours ever fetches one. */
export const ImagePart = Type.Object({
  type: Type.Literal('image'),
  source: Type.Union([
    Type.Object({
      mediaType: Type.String({ pattern: '^image/[a-z0-9.+-]{1,40}$' }),
      base64: Type.String({ minLength: 1 }),
    }),
    Type.Object({ url: Type.String({ pattern: '^https?://', maxLength: 8192 }) }),
  ]),
  detail: Type.Optional(Type.Union([Type.Literal('auto'), Type.Literal('low'), Type.Literal('high')])),
})
export type ImagePart = Static<typeof ImagePart>

/**
 * What a provider needs back, unchanged, to go on from its own reasoning: the text that follows or the tool call that came of it. It begins with the
 * provider's name and a colon; others than that one ignore it.
 */
const Seal = Type.String({ maxLength: 4_000_000 })

/** What a model thought in an earlier turn. `hidden`: its text was never shown, and the seal alone tells the provider what it was. */
export const ReasoningPart = Type.Object({
  type: Type.Literal('reasoning'),
  text: Type.String(),
  seal: Type.Optional(Seal),
  hidden: Type.Optional(Type.Boolean()),
})

export const ToolName = Type.String({ pattern: '^[a-zA-Z0-9_-]{1,128}$' })
const CallId = Type.String({ minLength: 1, maxLength: 256 })

export const ToolCallPart = Type.Object({
  type: Type.Literal('tool-call'),
  id: CallId,
  name: ToolName,
  /** JSON, as the model wrote it. */
  arguments: Type.String(),
})

export const ToolResultPart = Type.Object({
  type: Type.Literal('tool-result'),
  callId: CallId,
  content: Type.Array(Type.Union([TextPart, ImagePart])),
  failed: Type.Optional(Type.Boolean()),
})

export const PromptMessage = Type.Union([
  Type.Object({ role: Type.Literal('system'), content: Type.Array(Part) }),
  Type.Object({ role: Type.Literal('user'), content: Type.Array(Type.Union([TextPart, PassagePart, ImagePart])) }),
  Type.Object({
    role: Type.Literal('assistant'),
    content: Type.Array(Type.Union([TextPart, ReasoningPart, ToolCallPart])),
  }),
  /** The outcomes of the calls in the message before it. */
  Type.Object({ role: Type.Literal('tool'), content: Type.Array(ToolResultPart, { minItems: 1 }) }),
])
export type PromptMessage = Static<typeof PromptMessage>

/** A JSON Schema (2020-12), as an object. */
export const JsonSchema = Type.Record(Type.String(), Type.Unknown())

export const Tool = Type.Object({
  name: ToolName,
  description: Type.Optional(Type.String()),
  /** Of its arguments. */
  parameters: JsonSchema,
  /** The arguments follow the schema to the letter. */
  strict: Type.Optional(Type.Boolean()),
})
export type Tool = Static<typeof Tool>

export const ToolChoice = Type.Union([
  Type.Literal('auto'),
  Type.Literal('none'),
  Type.Literal('required'),
  Type.Object({ name: ToolName }),
])
