import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { GarbageError } from '../failure.ts'
import { orNull } from '../or-null.ts'
import type { Counts, Piece } from '../piece.ts'
import { ErrorInStream } from './error-in-stream.ts'
import { finishReasonOf } from './finish-reason.ts'
import { seal } from './seal.ts'

const Tokens = orNull(Type.Integer({ minimum: 0 }))
const Usage = Type.Object({
  input_tokens: Tokens,
  cache_creation_input_tokens: Tokens,
  cache_read_input_tokens: Tokens,
  output_tokens: Tokens,
  output_tokens_details: orNull(Type.Object({ thinking_tokens: Tokens })),
})

/** The least that an event must be; types that we don't know are allowed and say only that the provider is alive. */
const MessageEvent = Type.Object({
  type: Type.String(),
  message: Type.Optional(Type.Object({ usage: orNull(Usage) })),
  content_block: Type.Optional(
    Type.Object({
      type: Type.String(),
      text: Type.Optional(Type.String()),
      thinking: Type.Optional(Type.String()),
      data: Type.Optional(Type.String()),
      id: Type.Optional(Type.String()),
      name: Type.Optional(Type.String()),
    }),
  ),
  delta: Type.Optional(
    Type.Object({
      type: Type.Optional(Type.String()),
      text: Type.Optional(Type.String()),
      thinking: Type.Optional(Type.String()),
      signature: Type.Optional(Type.String()),
      partial_json: Type.Optional(Type.String()),
      stop_reason: orNull(Type.String()),
      stop_sequence: orNull(Type.String()),
    }),
  ),
  usage: orNull(Usage),
  error: Type.Optional(Type.Object({ type: Type.Optional(Type.String()) })),
})
type MessageEvent = Static<typeof MessageEvent>
const events = Compile(MessageEvent)

/** Reads the events of one answer. A block lies between its start and its stop, and no two overlap. */
export function createMessageReader(): (event: unknown) => Piece[] {
  let block = ''
  let signature = ''
  let wroteArguments = false

  function begin({ content_block: opened }: MessageEvent): Piece[] {
    block = opened?.type ?? ''
    signature = ''
    wroteArguments = false
    switch (opened?.type) {
      case 'text':
        return opened.text ? [{ type: 'text-delta', text: opened.text }] : []
      case 'thinking':
        return opened.thinking ? [{ type: 'reasoning-delta', text: opened.thinking }] : []
      case 'redacted_thinking':
        return opened.data ? [{ type: 'reasoning-end', seal: seal(opened.data), hidden: true }] : []
      case 'tool_use':
        if (!opened.id || !opened.name) throw new GarbageError('A tool call of the answer has no id or no name')
        return [{ type: 'tool-call-start', id: opened.id, name: opened.name }]
      default:
        return []
    }
  }

  function goOn({ delta }: MessageEvent): Piece[] {
    switch (delta?.type) {
      case 'text_delta':
        return [{ type: 'text-delta', text: delta.text ?? '' }]
      case 'thinking_delta':
        return [{ type: 'reasoning-delta', text: delta.thinking ?? '' }]
      case 'signature_delta':
        signature += delta.signature ?? ''
        return []
      case 'input_json_delta':
        if (delta.partial_json) wroteArguments = true
        return [{ type: 'tool-call-delta', arguments: delta.partial_json ?? '' }]
      default:
        return []
    }
  }

  function end(): Piece[] {
    if (block === 'thinking' && signature !== '') return [{ type: 'reasoning-end', seal: seal(signature) }]
    return block === 'tool_use' && !wroteArguments ? [{ type: 'tool-call-delta', arguments: '{}' }] : []
  }

  return (event) => {
    if (!events.Check(event)) throw new GarbageError('An event of the answer is no message event')
    switch (event.type) {
      case 'message_start':
        return event.message?.usage ? [{ type: 'usage', counts: countsOf(event.message.usage, false) }] : []
      case 'content_block_start':
        return begin(event)
      case 'content_block_delta':
        return goOn(event)
      case 'content_block_stop':
        return end()
      case 'message_delta':
        return finishOf(event)
      case 'error':
        throw new ErrorInStream(event.error?.type)
      default:
        return []
    }
  }
}

function finishOf({ usage, delta }: MessageEvent): Piece[] {
  const { stop_reason: reason, stop_sequence: text } = delta ?? {}
  return [
    ...(usage ? [{ type: 'usage' as const, counts: countsOf(usage, true) }] : []),
    ...(reason
      ? [
          {
            type: 'finish' as const,
            reason: finishReasonOf(reason),
            ...(typeof text === 'string' && { stopText: text }),
          },
        ]
      : []),
  ]
}

/** Input is what was sent, cached or not. At the start the output count is a placeholder; at the end it is the total. */
function countsOf(usage: Static<typeof Usage>, isEnd: boolean): Counts {
  const { input_tokens: fresh, cache_creation_input_tokens: written, cache_read_input_tokens: read } = usage
  const thought = usage.output_tokens_details?.thinking_tokens
  return {
    ...(typeof fresh === 'number' && { inputTokens: fresh + (written ?? 0) + (read ?? 0) }),
    ...(read && { cachedInputTokens: read }),
    ...(written && { cacheWriteTokens: written }),
    ...(isEnd && typeof usage.output_tokens === 'number' && { outputTokens: usage.output_tokens }),
    ...(thought && { reasoningTokens: thought }),
  }
}
