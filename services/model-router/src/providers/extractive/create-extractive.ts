import { setImmediate } from 'node:timers/promises'
import type { Logger } from 'pino'
import { estimateTokens } from '../estimate-tokens.ts'
import type { Provider, ProviderRequest, Unsupported } from '../provider.ts'
import { oneByOne } from '../read-events.ts'
import { unsupportedBeside } from '../parameters.ts'
import type { Piece } from '../piece.ts'
import { type AdapterDeps, streamCompletion, type Wire } from '../stream-completion.ts'
import { answerOf } from './answer-of.ts'

const MODEL = 'extractive'

/**
 * The built-in model, `tessera/extractive`: it answers by quoting the passages of the prompt, needs no key and no network, and gives the same
 * answer to the same prompt. Temperature and seed change nothing. It is for trying things out, never a stand-in for a provider that failed.
 */
export function createExtractive({ logger }: { logger: Logger }): Provider {
  const deps: Omit<AdapterDeps, 'fetch'> = {
    limits,
    logger,
    tokens: { count: async (texts) => estimateTokens(...texts) },
  }
  return {
    name: 'tessera',
    hosting: 'own',
    switchedOnBy: 'built in',
    defaultModel: MODEL,
    unsupported: (request) => [...unsupportedBeside(honoured, request), ...request.messages.flatMap(unreadable)],
    complete: (request, asking) => streamCompletion(wire, request, { ...deps, ...asking, provider: 'tessera' }),
    models: async () => [{ name: MODEL, kind: 'completion' }],
  }
}

const honoured = new Set(['maxOutputTokens', 'temperature', 'topP', 'stop', 'seed'] as const)

/** It reads text and passages, and nothing else. */
const unreadable = ({ content }: ProviderRequest['messages'][number], index: number): Unsupported[] =>
  content.every(({ type }) => type === 'text' || type === 'passage')
    ? []
    : [{ field: `/messages/${index}/content`, rule: 'may hold only text with this model', droppable: false }]

/** It works in this process; what is long here is a bug. */
const limits = { firstTokenTimeoutMs: 30_000, idleTimeoutMs: 30_000 }

const wire: Wire = {
  async open({ model, messages, maxOutputTokens, stop }, signal) {
    if (model !== MODEL) throw new UnknownModelError()
    return oneByOne(write(cut(answerOf(messages), maxOutputTokens, stop ?? []), signal))
  },
  createReader: () => (piece) => [piece as Piece],
  failureOf: (error) => (error instanceof UnknownModelError ? { cause: 'not-found' } : undefined),
}

class UnknownModelError extends Error {}

type Cut = { text: string; reason: 'stop' | 'length' }

/** The answer up to the first stop sequence, and no longer than the limit. */
function cut(answer: string, maxOutputTokens: number | undefined, stop: readonly string[]): Cut {
  const stopsAt = Math.min(answer.length, ...stop.map((sequence) => answer.indexOf(sequence)).filter((at) => at >= 0))
  const text = answer.slice(0, stopsAt)
  if (maxOutputTokens === undefined || estimateTokens(text) <= maxOutputTokens) return { text, reason: 'stop' }
  let written = ''
  for (const word of wordsWithSpace(text)) {
    if (estimateTokens(written + word) > maxOutputTokens) break
    written += word
  }
  return { text: written, reason: 'length' }
}

/** In pieces of a few words, each in a turn of its own, so that a reader sees it come and may leave. */
async function* write({ text, reason }: Cut, signal: AbortSignal): AsyncGenerator<Piece> {
  const words = wordsWithSpace(text)
  for (let start = 0; start < words.length; start += 4) {
    await setImmediate()
    if (signal.aborted) return
    yield { type: 'text-delta', text: words.slice(start, start + 4).join('') }
  }
  yield { type: 'finish', reason }
}

const wordsWithSpace = (text: string) => text.match(/\s*\S+\s*/g) ?? []
