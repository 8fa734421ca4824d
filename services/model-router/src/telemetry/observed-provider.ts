import type { CompletionEvent } from '@tessera/shared/contracts/model-router/completion'
import type { Usage } from '@tessera/shared/contracts/model-router/usage'
import type { Result } from '@tessera/shared/fault/result'
import type { Asking, Completion, Provider, ProviderFault, ProviderRequest } from '../providers/provider.ts'
import { attribute } from './genai-names.ts'
import { inputMessages, outputMessages } from './message-content.ts'
import { observeCall, type ObservedCall } from './observe-call.ts'

type Event = Result<CompletionEvent, ProviderFault>

/** The same provider, with each request to it measured and traced. `withTexts`: prompts and answers are put into spans, which nothing else does. */
export function observed(provider: Provider, { withTexts }: { withTexts: boolean }): Provider {
  const { embed, rerank } = provider
  return {
    ...provider,
    complete: (request, options) => observedCompletion(provider, request, options, withTexts),
    ...(embed && {
      embed: (request, options) => {
        const call = observeCall({
          operation: 'embeddings',
          provider: conventionalName(provider),
          model: request.model,
        })
        return whole(call, () => embed(request, options))
      },
    }),
    ...(rerank && {
      rerank: (request, options) => {
        const call = observeCall({ operation: 'rerank', provider: conventionalName(provider), model: request.model })
        return whole(call, () => rerank(request, options))
      },
    }),
  }
}

const conventionalName = ({ name, telemetryName = name }: Provider) => telemetryName

async function whole<T extends { readonly usage: Usage }>(
  call: ObservedCall,
  ask: () => Promise<Result<T, ProviderFault>>,
): Promise<Result<T, ProviderFault>> {
  try {
    const answer = await ask()
    call.end(answer.ok ? { usage: answer.value.usage } : { errorType: answer.fault.code })
    return answer
  } finally {
    call.end({ errorType: '_OTHER' })
  }
}

function observedCompletion(
  provider: Provider,
  request: ProviderRequest,
  options: Asking,
  withTexts: boolean,
): Completion {
  const completion = provider.complete(request, options)
  const iterator = completion.events[Symbol.asyncIterator]()
  let call: ObservedCall | undefined
  let text = ''

  function begin(): ObservedCall {
    const begun = observeCall({ operation: 'chat', provider: conventionalName(provider), model: request.model })
    const { maxOutputTokens, temperature, topP } = request
    begun.span?.setAttributes({
      ...(maxOutputTokens !== undefined && { [attribute.maxTokens]: maxOutputTokens }),
      ...(temperature !== undefined && { [attribute.temperature]: temperature }),
      ...(topP !== undefined && { [attribute.topP]: topP }),
      ...(withTexts && { [attribute.inputMessages]: inputMessages(request.messages) }),
    })
    return begun
  }

  function seen(observed: ObservedCall, next: IteratorResult<Event, unknown>): void {
    if (next.done) return brokenOff(observed, 'cancelled')
    if (!next.value.ok) return brokenOff(observed, next.value.fault.code)
    const event = next.value.value
    if (event.type === 'end') {
      observed.span?.setAttributes({
        [attribute.finishReasons]: [event.finishReason],
        [attribute.responseModel]: request.model,
        ...(withTexts && { [attribute.outputMessages]: outputMessages(text, event.finishReason) }),
      })
      observed.end({ usage: event.usage })
    } else if (event.type !== 'start') {
      // An answer that is read at its end comes in two pieces, whatever its provider sends.
      if (options.whole !== true || observed.state() === 'waiting') observed.chunk()
      if (withTexts && event.type === 'text-delta') text += event.text
    }
  }

  /** What was used until then is billed as well; before the first content that is nothing. */
  function brokenOff(observed: ObservedCall, errorType: string): void {
    if (observed.state() !== 'answering') return observed.end({ errorType })
    void completion.usage().then(
      (usage) => observed.end({ usage, errorType }),
      () => observed.end({ errorType }),
    )
  }

  // No generator: a chunk would wait for one turn more.
  const events: AsyncIterator<Event> = {
    next() {
      const observed = (call ??= begin())
      const next = iterator.next()
      return next.then(
        (result) => {
          seen(observed, result)
          return result
        },
        (error: unknown) => {
          observed.end({ errorType: '_OTHER' })
          throw error
        },
      )
    },
    return() {
      if (call) brokenOff(call, 'cancelled')
      return iterator.return?.() ?? Promise.resolve({ done: true, value: undefined })
    },
  }
  return { events: { [Symbol.asyncIterator]: () => events }, usage: () => completion.usage() }
}
