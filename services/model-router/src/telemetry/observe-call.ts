import { context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { isLeftOut } from '@tessera/shared/telemetry/is-left-out'
import type { Usage } from '@tessera/shared/contracts/model-router/usage'
import { modelLabel, seriesOf } from './call-metrics.ts'
import { attribute, type Operation } from './genai-names.ts'

/** `provider`: as the conventions call it. */
export type Asked = { readonly operation: Operation; readonly provider: string; readonly model: string }
export type EndedCall = { readonly usage?: Usage | undefined; readonly errorType?: string | undefined }

export type ObservedCall = {
  /** Absent where the trace is not sampled. */
  readonly span: Span | undefined
  /** A piece of the answer has come. */
  chunk(): void
  state(): 'waiting' | 'answering' | 'ended'
  /** Further calls do nothing. */
  end(ended: EndedCall): void
}

/** Measures one request to a provider, and opens its span: a child of whatever is active. Neither has any text in it. */
export function observeCall({ operation, provider, model }: Asked): ObservedCall {
  const span = isLeftOut(context.active())
    ? undefined
    : trace.getTracer('tessera.models').startSpan(`${operation} ${model}`, {
        kind: SpanKind.CLIENT,
        attributes: {
          [attribute.operation]: operation,
          [attribute.provider]: provider,
          [attribute.requestModel]: model,
        },
      })
  const startedMs = performance.now()
  let chunkMs: number | undefined
  let isOpen = true
  let series: ReturnType<typeof seriesOf> | undefined
  const seriesNow = (answered: boolean) => (series ??= seriesOf(operation, provider, modelLabel(model, { answered })))
  return {
    span,
    chunk() {
      const nowMs = performance.now()
      if (chunkMs === undefined) {
        const seconds = (nowMs - startedMs) / 1000
        seriesNow(true).firstChunk(seconds)
        span?.setAttribute(attribute.timeToFirstChunk, seconds)
      } else seriesNow(true).nextChunk.observe((nowMs - chunkMs) / 1000)
      chunkMs = nowMs
    },
    state: () => (!isOpen ? 'ended' : chunkMs === undefined ? 'waiting' : 'answering'),
    end({ usage, errorType }) {
      if (!isOpen) return
      isOpen = false
      const of = seriesNow(errorType === undefined)
      of.ended((performance.now() - startedMs) / 1000, errorType)
      if (usage) {
        of.tokens('input', usage.inputTokens)
        if (operation === 'chat') of.tokens('output', usage.outputTokens)
        if (span) tellUsage(span, usage)
      }
      if (errorType !== undefined) {
        span?.setAttribute(attribute.errorType, errorType)
        span?.setStatus({ code: SpanStatusCode.ERROR, message: errorType })
      }
      span?.end()
    },
  }
}

function tellUsage(span: Span, { inputTokens, outputTokens, cachedInputTokens }: Usage): void {
  span.setAttributes({
    [attribute.inputTokens]: inputTokens,
    [attribute.outputTokens]: outputTokens,
    ...(cachedInputTokens !== undefined && { [attribute.cachedInputTokens]: cachedInputTokens }),
  })
}
