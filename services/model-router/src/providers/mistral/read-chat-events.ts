import { randomUUID } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { FailedError, GarbageError } from '../failure.ts'
import { orNull } from '../or-null.ts'
import type { Counts, Piece } from '../piece.ts'
import { finishReasonOf } from './finish-reason.ts'
import { seal } from './seal.ts'

const Chunk = Type.Object({
  type: Type.String(),
  text: Type.Optional(Type.String()),
  thinking: Type.Optional(Type.Array(Type.Object({ text: Type.Optional(Type.String()) }))),
  signature: orNull(Type.String()),
})
const ToolCall = Type.Object({
  id: Type.Optional(Type.String()),
  function: Type.Object({
    name: Type.String({ minLength: 1 }),
    arguments: Type.Union([Type.String(), Type.Record(Type.String(), Type.Unknown())]),
  }),
})

/** What we read of an event, as the SDK names its fields. */
const ChatEvent = Type.Object({
  data: Type.Object({
    choices: Type.Array(
      Type.Object({
        delta: Type.Object({
          content: orNull(Type.Union([Type.String(), Type.Array(Chunk)])),
          toolCalls: orNull(Type.Array(ToolCall)),
        }),
        finishReason: orNull(Type.String()),
      }),
    ),
    usage: orNull(
      Type.Object({
        promptTokens: Type.Optional(Type.Integer()),
        completionTokens: Type.Optional(Type.Integer()),
        // Not among the SDK's fields yet, so it keeps the service's name.
        prompt_tokens_details: orNull(Type.Object({ cached_tokens: orNull(Type.Integer()) })),
      }),
    ),
  }),
})
type ChatEvent = Static<typeof ChatEvent>
const events = Compile(ChatEvent)

/** Reads an event of a streamed chat completion. */
export function readChatEvent(event: unknown): Piece[] {
  if (!events.Check(event)) throw new GarbageError('An event of the answer is no chat completion chunk')
  const { choices, usage } = event.data
  const choice = choices[0] // We never ask for more than one.
  if (choice?.finishReason === 'error') throw new FailedError('The answer ends in an error')
  return [
    ...(choice ? contentOf(choice.delta.content ?? '') : []),
    ...(choice?.delta.toolCalls ?? []).flatMap(callOf),
    ...(choice?.finishReason ? [{ type: 'finish' as const, reason: finishReasonOf(choice.finishReason) }] : []),
    ...(usage ? [{ type: 'usage' as const, counts: countsOf(usage) }] : []),
  ]
}

function contentOf(content: string | Static<typeof Chunk>[]): Piece[] {
  if (typeof content === 'string') return [{ type: 'text-delta', text: content }]
  return content.flatMap(({ type, text = '', thinking = [], signature }): Piece[] => {
    if (type === 'text') return [{ type: 'text-delta', text }]
    if (type !== 'thinking') return []
    return [
      ...thinking.map((thought) => ({ type: 'reasoning-delta' as const, text: thought.text ?? '' })),
      ...(signature ? [{ type: 'reasoning-end' as const, seal: seal(signature) }] : []),
    ]
  })
}

/** As the service makes them: nine letters and digits. */
const newCallId = () => randomUUID().replaceAll('-', '').slice(0, 9)

/** Calls come whole. The SDK writes `null` for an id that is missing. */
function callOf({ id, function: { name, arguments: args } }: Static<typeof ToolCall>): Piece[] {
  return [
    { type: 'tool-call-start', id: id === undefined || id === 'null' ? newCallId() : id, name },
    { type: 'tool-call-delta', arguments: typeof args === 'string' ? args : JSON.stringify(args) },
  ]
}

const countsOf = (usage: NonNullable<ChatEvent['data']['usage']>): Counts => ({
  ...(usage.promptTokens && { inputTokens: usage.promptTokens }),
  ...(usage.completionTokens && { outputTokens: usage.completionTokens }),
  ...(usage.prompt_tokens_details?.cached_tokens && { cachedInputTokens: usage.prompt_tokens_details.cached_tokens }),
})
