import type { FinishReason } from '@tessera/shared/contracts/model-router/completion'
import type { Usage } from '@tessera/shared/contracts/model-router/usage'
import { type Content, sizeOf } from './content.ts'
import { createTokenEstimate } from './estimate-tokens.ts'
import { estimateInputTokens } from './estimate-input.ts'
import { GarbageError } from './failure.ts'
import type { Counts, Piece } from './piece.ts'
import type { ProviderRequest } from './provider.ts'

export type Finish = { readonly reason: FinishReason; readonly stopText?: string }

/** What came of one answer so far: checked for its order, counted, and how it finished. */
export function createReceived(request: ProviderRequest) {
  const estimate = createTokenEstimate()
  const callIds = new Set<string>()
  let counts: Counts = {}
  let finish: Finish | undefined
  let callIsOpen = false

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
          estimate.add(textOf(piece))
          return piece
      }
    },
    finish: () => finish,
    async usage(): Promise<Usage> {
      const { inputTokens, outputTokens, ...details } = counts
      return {
        ...details,
        inputTokens: inputTokens ?? estimateInputTokens(request),
        outputTokens: outputTokens ?? estimate.tokens(),
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
