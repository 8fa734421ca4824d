import type { Call } from '@tessera/shared/bus/call'
import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { CompletionEvent, completionOperations } from '@tessera/shared/contracts/model-router/completion'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { promptTexts } from '../guardrails/prompt-texts.ts'
import type { Completion, ProviderFault, ProviderRequest } from '../providers/provider.ts'
import type { Attempt, Health } from '../routing/health.ts'
import { shapeOfCompletion } from '../routing/request-shape.ts'
import type { Target } from '../routing/target.ts'
import type { Admit } from '../serving/admit.ts'
import { firstToAnswer } from '../serving/attempts.ts'
import { endAttempt } from '../serving/end-attempt.ts'
import { routeTaken } from '../serving/route-taken.ts'
import { providerRequest } from './provider-request.ts'
import { createReckoning } from './reckoning.ts'

export type CompleteDeps = { admit: Admit; health: Health }

type Complete = HandlerOf<(typeof completionOperations)['complete']>
type Events = AsyncIterator<Result<CompletionEvent, ProviderFault>>
/** An answer that has begun. `first` is absent where the caller left before. */
type Opened = { completion: Completion; events: Events; attempt: Attempt; first?: CompletionEvent }

/** Lets a model answer: which one, whether this text may go there, then its answer, counted. When the caller leaves, the provider's work ends. */
export const createComplete = ({ admit, health }: CompleteDeps): Complete =>
  async function* complete(request, call) {
    const { model, decisionIds, fallbacks, conversation } = request
    const shape = shapeOfCompletion(request)
    const texts = () => promptTexts(request)
    const asked = { operation: 'complete', model, fallbacks, decisionIds, shape, texts, conversation } as const
    const admitted = await admit(asked, call)
    if (!admitted.ok) return yield admitted
    const { entry, targets, resolved, inspected, notes, noSuchModel } = admitted.value
    const reckoning = createReckoning(entry, targets[0].model)
    let opened: Opened | undefined
    try {
      const { deadlineMs, signal } = call
      const { target, answer, tried } = await firstToAnswer({ targets, deadlineMs, signal }, (target) =>
        open(health, target, providerRequest(request, target.model, inspected), call),
      )
      const route = routeTaken(resolved, target, tried)
      if (!answer.ok) {
        reckoning.served(target.model, route)
        await reckoning.end(answer.fault.code)
        const { fault } = answer
        const said = fault.code === 'models.not-found' ? noSuchModel() : fault
        return yield fail({ ...said, meta: { ...fault.meta, route } })
      }
      opened = answer.value
      reckoning.served(target.model, route, opened.completion)
      if (!opened.first) return
      yield ok(opened.first.type === 'start' ? { ...opened.first, route, notes: [...notes] } : opened.first)
      for (;;) {
        const next = await opened.events.next()
        if (next.done) return
        const event = next.value
        // Whoever has seen how it ended finds it in the books.
        if (!event.ok) {
          endAttempt(opened.attempt, event.fault)
          await reckoning.end(event.fault.code)
        } else if (event.value.type === 'end') {
          opened.attempt.succeeded()
          await reckoning.end('completed', event.value)
        }
        yield event
      }
    } finally {
      opened?.attempt.ended()
      if (opened) leave(opened.events)
      await reckoning.end('cancelled')
    }
  }

/** Asks one target, up to the first content of its answer. */
async function open(
  health: Health,
  { model }: Target,
  request: Result<ProviderRequest, ProviderFault>,
  { signal }: Call,
): Promise<Result<Opened, ProviderFault>> {
  if (!request.ok) return request
  const attempt = health.begin(model.name)
  const startedMs = performance.now()
  const completion = model.provider.complete(request.value, { signal })
  const events = completion.events[Symbol.asyncIterator]()
  const first = await events.next().catch((error: unknown) => {
    attempt.ended()
    throw error
  })
  if (first.done) return ok({ completion, events, attempt })
  if (!first.value.ok) {
    endAttempt(attempt, first.value.fault)
    leave(events)
    return first.value
  }
  attempt.firstContent(performance.now() - startedMs)
  return ok({ completion, events, attempt, first: first.value.value })
}

/** Not awaited: its reader has left or is done, and a provider's tidying up is nothing to wait for. */
const leave = (events: Events) => void events.return?.().catch(() => undefined)
