import type { CompletionEvent, FinishReason } from '@tessera/shared/contracts/model-router/completion'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { Logger } from 'pino'
import { createJoin } from './join.ts'
import { splitContent } from './content.ts'
import { type Failure, providerFault } from './failure.ts'
import type { Piece } from './piece.ts'
import type { Asking, Completion, ProviderFault, ProviderRequest } from './provider.ts'
import { createReceived } from './received.ts'
import type { Encoding, TokenCounter } from './token-counter.ts'
import { createWatch, type Limits } from './watch.ts'

/** The part of a provider that speaks its protocol. */
export type Wire = {
  /**
   * Sends the request. Resolves with the messages of the answer, as many at once as there are, when the provider has accepted it; everything that
   * goes wrong is thrown.
   */
  open(request: ProviderRequest, signal: AbortSignal): Promise<AsyncIterable<readonly unknown[]>>
  /** Reads the messages of one answer, in their order; throws `GarbageError` for what is not its protocol. */
  createReader(): (message: unknown) => readonly Piece[]
  /** What an error thrown by `open`, or while reading, means; undefined for a bug of ours. */
  failureOf(error: unknown, state: { answered: boolean }): Failure | undefined
}

/** What every adapter is made with. */
export type AdapterDeps = {
  readonly limits: Limits
  readonly logger: Logger
  readonly tokens: TokenCounter
  /** Reaches its provider and nobody else. */
  readonly fetch: typeof fetch
}

export type Attempt = Omit<AdapterDeps, 'fetch'> &
  Asking & {
    readonly provider: string
    /** How the model cuts texts, where its provider doesn't count; absent: as most do. */
    readonly encoding?: Encoding | undefined
  }

/**
 * Turns what an adapter reads into completion events, the same way for every provider: nothing before the first content, time limits, faults told apart by
 * whether content had come, a finish required, usage counted here where the provider gave none. When `signal` aborts it ends without a word.
 */
export function streamCompletion(wire: Wire, request: ProviderRequest, attempt: Attempt): Completion {
  const received = createReceived(request, (texts) => attempt.tokens.count(texts, attempt.encoding))
  return { events: events(wire, request, attempt, received), usage: () => received.usage() }
}

async function* events(
  wire: Wire,
  request: ProviderRequest,
  { provider, limits, logger, signal, whole }: Attempt,
  received: ReturnType<typeof createReceived>,
): AsyncGenerator<Result<CompletionEvent, ProviderFault>, void, void> {
  const startedMs = performance.now()
  const start = ok({ type: 'start', model: `${provider}/${request.model}`, provider } as const)
  const watch = createWatch(signal, limits)
  const read = wire.createReader()
  const join = whole === true ? createJoin() : undefined
  let answered = false
  let complete = false
  let firstContentMs: number | undefined
  let iterator: AsyncIterator<readonly unknown[]> | undefined
  try {
    const messages = await wire.open(request, watch.signal)
    answered = true
    iterator = messages[Symbol.asyncIterator]()
    for (;;) {
      watch.wait()
      const next = await iterator.next()
      if (next.done) {
        complete = true
        break
      }
      for (const message of next.value) {
        for (const piece of read(message)) {
          const content = received.add(piece)
          if (!content) continue
          watch.contentCame()
          if (firstContentMs === undefined) {
            firstContentMs = performance.now() - startedMs
            yield start
          } else if (join) {
            for (const event of join.add(content)) yield ok(event)
            continue
          }
          for (const event of splitContent(content)) yield ok(event)
        }
      }
    }
    if (signal.aborted) return
    yield* joined()
    // SDKs end an aborted stream quietly, so a time limit may show here as well as below.
    const failure = watch.timedOut() ? timeout : received.finish() ? undefined : cut
    if (failure) yield failed(failure)
    else yield* end()
  } catch (error) {
    if (signal.aborted) return
    const failure = watch.timedOut() ? timeout : wire.failureOf(error, { answered })
    if (!failure) throw error
    yield* joined()
    // What breaks after the provider said that it is done takes nothing away.
    if (failure.cause === 'cut' && received.finish()) yield* end()
    else yield failed(failure)
  } finally {
    watch.stop({ complete })
    // Not awaited: the reader has left or is done, and an SDK's own tidying up is nothing to wait for.
    iterator?.return?.().catch(() => undefined)
  }

  function* joined(): Generator<Result<CompletionEvent, ProviderFault>, void, void> {
    for (const event of join?.rest() ?? []) yield ok(event)
  }

  async function* end(): AsyncGenerator<Result<CompletionEvent, ProviderFault>, void, void> {
    const finish = received.finish() ?? { reason: 'other' }
    const totalMs = performance.now() - startedMs
    if (firstContentMs === undefined) {
      if (!mayBeEmpty(finish.reason, request)) return yield failed({ cause: 'empty' })
      yield start
    }
    yield ok({
      type: 'end',
      finishReason: finish.reason,
      ...(finish.stopText !== undefined && { stopText: finish.stopText }),
      usage: await received.usage(),
      ...(firstContentMs !== undefined && { firstContentMs }),
      totalMs,
    })
  }

  function failed(failure: Failure) {
    const afterFirstToken = firstContentMs !== undefined
    const { cause, status } = failure
    logger.warn({ provider, model: request.model, cause, status, afterFirstToken }, 'a provider did not complete')
    return fail(providerFault(failure, { provider, afterFirstToken }))
  }
}

/** Cut short before it wrote anything, or with nothing to add to what its tools found; any other answer has something in it. */
function mayBeEmpty(reason: FinishReason, { messages, stop = [] }: ProviderRequest): boolean {
  if (reason === 'length' || reason === 'content-filter') return true
  return reason === 'stop' && (stop.length > 0 || messages.at(-1)?.role === 'tool')
}

const timeout: Failure = { cause: 'timeout' }
const cut: Failure = { cause: 'cut' }
