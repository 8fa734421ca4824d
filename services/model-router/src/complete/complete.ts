import type { Call } from '@tessera/shared/bus/call'
import type { HandlerOf } from '@tessera/shared/bus/contract'
import type {
  CompletionEvent,
  completionOperations,
  CompletionRequest,
} from '@tessera/shared/contracts/model-router/completion'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { ExactCache } from '../cache/exact-cache.ts'
import { replay } from '../cache/replay.ts'
import { slotsFor } from '../cache/slot.ts'
import { promptTexts } from '../guardrails/prompt-texts.ts'
import type { ProviderFault } from '../providers/provider.ts'
import type { Health } from '../routing/health.ts'
import { shapeOfCompletion } from '../routing/request-shape.ts'
import type { Admit } from '../serving/admit.ts'
import { firstToAnswer } from '../serving/attempts.ts'
import { endAttempt } from '../serving/end-attempt.ts'
import { causeOf, routeTaken } from '../serving/route-taken.ts'
import { type Before, type BrokenOff, createSaid, nothingBefore, together } from './go-on.ts'
import { leave, open, type Opened } from './open.ts'
import { providerRequest } from './provider-request.ts'
import { createReckoning } from './reckoning.ts'

export type CompleteDeps = { admit: Admit; health: Health; cache: ExactCache }

type Complete = HandlerOf<(typeof completionOperations)['complete']>
type Fault = Extract<Awaited<ReturnType<Admit>>, { ok: false }>['fault'] | ProviderFault
/** An answer without an end, and how another model could go on with it. */
type Stopped = { readonly fault: Fault; readonly next?: BrokenOff | undefined }

/**
 * Lets a model answer: which one, whether this text may go there, then its answer, counted. When the caller leaves, the provider's work ends. Where the caller wants it, another
 * model goes on with an answer that broke off; that is a request of its own, permitted and counted by itself.
 */
export function createComplete({ admit, health, cache }: CompleteDeps): Complete {
  return async function* complete(request, call) {
    const first = yield* answer(request, call, nothingBefore)
    let stopped = first
    while (stopped?.next) stopped = yield* answer(stopped.next.request, call, stopped.next.before)
    // Where nobody could go on, what broke off first is what there is to say.
    if (first && stopped) yield fail(first.fault)
  }

  async function* answer(
    request: CompletionRequest,
    call: Call,
    before: Before,
  ): AsyncGenerator<Result<CompletionEvent, never>, Stopped | undefined, void> {
    const { model, decisionIds, labels, fallbacks, conversation, metadata, whole } = request
    const shape = shapeOfCompletion(request)
    const texts = () => promptTexts(request)
    const { models: without } = before
    const asked = {
      ...({ operation: 'complete', model, fallbacks, without } as const),
      ...{ decisionIds, labels, shape, texts, conversation, metadata },
      slotFor: before === nothingBefore ? slotsFor(cache, request) : undefined,
    }
    const admitted = await admit(asked, call)
    if (!admitted.ok) return admitted
    const { entry, targets, resolved, inspected, notes, noSuchModel, slot } = admitted.value
    const reckoning = createReckoning(entry, targets[0].model)
    if (slot?.kept) {
      const route = routeTaken(resolved, targets[0], [], slot.kept.ageSeconds)
      return yield* replay(slot.kept.answer, { reckoning, model: targets[0].model, route, notes })
    }
    let opened: Opened | undefined
    try {
      const { deadlineMs, signal } = call
      const {
        target,
        answer: begun,
        tried,
      } = await firstToAnswer({ targets, deadlineMs, signal }, (target) =>
        open(health, target, providerRequest(request, target.model, inspected, call.caller), { signal, whole }),
      )
      const route = routeTaken(resolved, target, tried)
      if (!begun.ok) {
        reckoning.served(target.model, route)
        await reckoning.end(begun.fault.code)
        const fault = begun.fault.code === 'models.not-found' ? noSuchModel() : begun.fault
        return { fault: { ...fault, meta: { ...begun.fault.meta, route } } }
      }
      opened = begun.value
      const { completion, events, attempt, first } = opened
      reckoning.served(target.model, route, completion)
      const said = request.goOnElsewhere === true ? createSaid() : undefined
      const recording = slot?.record(target.model)
      if (!first) return undefined
      yield ok(first.type === 'start' ? { ...first, route, notes: [...before.notes, ...notes] } : first)
      for (;;) {
        const next = await events.next()
        if (next.done) return undefined
        // Whoever has seen how it ended finds it in the books.
        if (!next.value.ok) {
          const { fault } = next.value
          endAttempt(attempt, fault)
          await reckoning.end(fault.code)
          if (!said) return { fault }
          const of = { model: target.model.name, cause: causeOf(fault), usage: await completion.usage() }
          return { fault, next: said.brokenOff(request, of, before) }
        }
        const event = next.value.value
        if (event.type === 'end') {
          attempt.succeeded()
          await reckoning.end('completed', event)
          recording?.end(event)
          yield ok({ ...event, usage: together(before.usage, event.usage) })
        } else {
          said?.add(event)
          recording?.add(event)
          yield next.value
        }
      }
    } finally {
      opened?.attempt.ended()
      if (opened) leave(opened.events)
      await reckoning.end('cancelled')
    }
  }
}
