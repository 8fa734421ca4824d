import type { FinishReason } from '@tessera/shared/contracts/model-router/completion'
import type { Usage } from '@tessera/shared/contracts/model-router/usage'
import { type Content, sizeOf } from './content.ts'
import { countPrompt } from './count-prompt.ts'
import { GarbageError } from './failure.ts'
import type { Counts, Piece } from './piece.ts'
import type { ProviderRequest } from './provider.ts'

export type Finish = { readonly reason: FinishReason; readonly stopText?: string }

/** What came of one answer so far: checked for its order, counted, and how it finished. `count` counts tokens where the provider did not. */
export function createReceived(request: ProviderRequest, count: (texts: readonly string[]) => Promise<number>) {
  const written: string[] = []
  const callIds = new Set<string>()
  let counts: Counts = {}
  let finish: Finish | undefined
  let callIsOpen = false
  const hidesReasoning = request.reasoning?.shown === false

  function check(content: Content): void {
    if (content.type === 'tool-call-delta' && !callIsOpen) {
      throw new GarbageError('Arguments came for a tool call that is not open')
    }
    if (content.type === 'tool-call-start') {
      if (callIds.has(content.id)) throw new GarbageError('Two tool calls of one answer have the same id')
      callIds.add(content.id)
    }
    callIsOpen = content.type === 'tool-call-start' || content.type === 'tool-call-delta'
  }

  return {
    /** The piece, where it is content to pass on. */
    add(piece: Piece): Content | undefined {
      switch (piece.type) {
        case 'finish':
          finish = piece
          return undefined
        case 'usage':
          counts = merged(counts, piece.counts)
          return undefined
        default:
          if (sizeOf(piece) === 0) return undefined
          check(piece)
          written.push(textOf(piece))
          return hidesReasoning && piece.type === 'reasoning-delta' ? undefined : piece
      }
    },
    /** Why it ended, once the provider said so. Some say `stop`, or a word of their own, although they call tools. */
    finish: (): Finish | undefined =>
      finish && callIds.size > 0 && (finish.reason === 'stop' || finish.reason === 'other')
        ? { ...finish, reason: 'tool-call' }
        : finish,
    async usage(): Promise<Usage> {
      const { inputTokens, outputTokens, ...details } = counts
      return {
        ...details,
        inputTokens: inputTokens ?? (await countPrompt(request, count)),
        outputTokens: outputTokens ?? (written.length === 0 ? 0 : await count([written.join('')])),
        estimated: inputTokens === undefined || outputTokens === undefined,
      }
    },
  }
}

/** A zero is a placeholder, not a count: servers send it with every chunk, or where they don't count at all. */
const merged = (before: Counts, now: Counts): Counts => ({
  ...before,
  ...Object.fromEntries(Object.entries(now).filter(([, count]) => count)),
})

function textOf(content: Content): string {
  switch (content.type) {
    case 'text-delta':
    case 'reasoning-delta':
    case 'refusal-delta':
      return content.text
    case 'tool-call-delta':
      return content.arguments
    case 'tool-call-start':
      return content.name
    case 'reasoning-end':
      return ''
  }
}
