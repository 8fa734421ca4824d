import type { CompletionEvent, FinishReason } from '@tessera/shared/contracts/model-router'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { Logger } from 'pino'
import { createTokenEstimate, estimateTokens } from './estimate-tokens.ts'
import { type Failure, providerFault } from './failure.ts'
import type { ProviderFault, ProviderRequest } from './provider.ts'
import { renderContent } from './render-content.ts'

/** What an adapter makes of one message of its provider. `alive`: something came that is no text, such as reasoning. */
export type Piece =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'finish'; readonly reason: FinishReason }
  | { readonly type: 'usage'; readonly inputTokens?: number; readonly outputTokens?: number }
  | { readonly type: 'alive' }

/** The part of a provider that speaks its protocol. */
export type Wire = {
  /** Sends the request. Resolves when the provider has accepted it; everything that goes wrong is thrown. */
  open(request: ProviderRequest, signal: AbortSignal): Promise<AsyncIterable<Piece>>
  /** What an error thrown by `open`, or while reading, means; undefined for a bug of ours. */
  failureOf(error: unknown, state: { answered: boolean }): Failure | undefined
}

export type Limits = {
  /** How long a provider may take from the request to its first text. */
  readonly firstTokenTimeoutMs: number
  /** How long it may be silent after that. */
  readonly idleTimeoutMs: number
}

export type Attempt = {
  readonly provider: string
  readonly limits: Limits
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** No event of ours carries more text than this, so that one provider chunk of megabytes still fits the bus. */
const MAX_DELTA_LENGTH = 32_768

/**
 * Turns what an adapter reads into completion events, the same way for every provider: time limits, faults told apart by whether text had
 * come, a finish required, usage counted here where the provider gave none. When `signal` aborts it ends without a word.
 */
export async function* streamCompletion(
  wire: Wire,
  request: ProviderRequest,
  { provider, limits, logger, signal }: Attempt,
): AsyncGenerator<Result<CompletionEvent, ProviderFault>, void, void> {
  const startedMs = performance.now()
  const watch = createWatch(signal)
  const received = createReceived(request)
  let answered = false
  let iterator: AsyncIterator<Piece> | undefined
  try {
    const pieces = await watch.within(limits.firstTokenTimeoutMs, () => wire.open(request, watch.signal))
    answered = true
    yield ok({ type: 'start', model: `${provider}/${request.model}`, provider })
    iterator = pieces[Symbol.asyncIterator]()
    for (;;) {
      const from = iterator
      const limitMs =
        received.firstTextMs === undefined
          ? limits.firstTokenTimeoutMs - (performance.now() - startedMs)
          : limits.idleTimeoutMs
      const next = await watch.within(limitMs, () => from.next())
      if (next.done) break
      received.add(next.value, performance.now() - startedMs)
      if (next.value.type === 'text') for (const text of deltas(next.value.text)) yield ok({ type: 'text-delta', text })
    }
    if (signal.aborted) return
    // SDKs end an aborted stream quietly, so a time limit may show here as well as below.
    const failure = watch.timedOut() ? timeout : received.finishReason ? undefined : cut
    yield failure ? failed(failure) : ok(received.end(performance.now() - startedMs))
  } catch (error) {
    if (signal.aborted) return
    const failure = watch.timedOut() ? timeout : wire.failureOf(error, { answered })
    if (!failure) throw error
    // What breaks after the provider said that it is done takes nothing away.
    const isWhole = failure.cause === 'cut' && received.finishReason !== undefined
    yield isWhole ? ok(received.end(performance.now() - startedMs)) : failed(failure)
  } finally {
    watch.stop()
    // Not awaited: the reader has left or is done, and an SDK's own tidying up is nothing to wait for.
    iterator?.return?.().catch(() => undefined)
  }

  function failed(failure: Failure) {
    const afterFirstToken = received.firstTextMs !== undefined
    const { cause, status } = failure
    logger.warn({ provider, model: request.model, cause, status, afterFirstToken }, 'a provider did not complete')
    return fail(providerFault(failure, { provider, afterFirstToken }))
  }
}

const timeout: Failure = { cause: 'timeout' }
const cut: Failure = { cause: 'cut' }

/** A signal for the provider's own work that aborts with the caller's, when a wait takes too long, and at the end. */
function createWatch(callerSignal: AbortSignal) {
  const controller = new AbortController()
  let timedOut = false
  return {
    signal: AbortSignal.any([callerSignal, controller.signal]),
    timedOut: () => timedOut,
    /** The time that a reader of ours takes between two waits does not count against the provider. */
    async within<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
      const timer = setTimeout(() => {
        timedOut = true
        controller.abort()
      }, limitMs)
      try {
        return await work()
      } finally {
        clearTimeout(timer)
      }
    },
    stop: () => controller.abort(),
  }
}

function createReceived(request: ProviderRequest) {
  const estimate = createTokenEstimate()
  let inputTokens: number | undefined
  let outputTokens: number | undefined
  return {
    firstTextMs: undefined as number | undefined,
    finishReason: undefined as FinishReason | undefined,
    add(piece: Piece, elapsedMs: number) {
      if (piece.type === 'text' && piece.text !== '') {
        this.firstTextMs ??= elapsedMs
        estimate.add(piece.text)
      }
      if (piece.type === 'finish') this.finishReason = piece.reason
      // A zero is a placeholder, not a count: servers send it with every chunk, or where they don't count at all.
      if (piece.type === 'usage') {
        inputTokens = piece.inputTokens || inputTokens
        outputTokens = piece.outputTokens || outputTokens
      }
    },
    end(totalMs: number): CompletionEvent {
      return {
        type: 'end',
        finishReason: this.finishReason ?? 'other',
        usage: {
          inputTokens: inputTokens ?? estimateInputTokens(request),
          outputTokens: outputTokens ?? estimate.tokens(),
          estimated: inputTokens === undefined || outputTokens === undefined,
        },
        ...(this.firstTextMs === undefined ? {} : { firstTextMs: this.firstTextMs }),
        totalMs,
      }
    },
  }
}

/** What a prompt comes to where nobody counted it. */
export const estimateInputTokens = ({ messages }: Pick<ProviderRequest, 'messages'>) =>
  estimateTokens(...messages.map(({ content }) => renderContent(content)))

/** Cuts at whole characters. */
function* deltas(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + MAX_DELTA_LENGTH, text.length)
    if (end < text.length && /[\ud800-\udbff]/.test(text.charAt(end - 1))) end--
    yield text.slice(start, end)
    start = end
  }
}
