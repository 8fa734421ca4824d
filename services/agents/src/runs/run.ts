import type { Caller } from '@tessera/shared/bus/call'
import type { Citation } from '@tessera/shared/contracts/agents'
import type { CompletionRequest, FinishReason } from '@tessera/shared/contracts/model-router/completion'
import type { Usage } from '@tessera/shared/contracts/model-router/usage'
import type { Passage } from '@tessera/shared/contracts/retrieval/passages'
import type { Fault } from '@tessera/shared/fault/fault'
import type { Static } from 'typebox'

/** A turn that a client brings along: untrusted, made from nothing that we know of. */
export type ClientTurn = { role: 'system' | 'user' | 'assistant'; text: string }

/** What was asked for beside the question. */
export type RunRequest = {
  clientHistory?: ClientTurn[]
  atLeast?: number
  allowRestrictedView?: boolean
} & Pick<CompletionRequest, 'maxOutputTokens' | 'temperature'>

/** A run as a worker holds it: under a lease, with the fence that its writes must carry. */
export type Run = {
  readonly id: string
  readonly conversationId: string
  readonly questionId: string
  readonly messageId: string
  readonly agentId: string
  readonly agentVersionId: string
  /** Who asked and through which apps, without the agent; with the purpose that was chosen. */
  readonly caller: Caller
  /** Who took part when it began, beside who asked. */
  readonly audience: readonly string[]
  /** Who alone sees it; absent: everyone who takes part. */
  readonly onlyFor: string | undefined
  readonly request: RunRequest
  readonly fence: number
  /** How often it was taken up; 1 the first time. */
  readonly attempt: number
  readonly cancel: CancelReason | undefined
  readonly remainingMs: number
  readonly lastSeq: number
  readonly reservedSeq: number
}

export type CancelReason = 'asked' | 'access.revoked'

/** A passage as the model gets it, under the marker that it is cited by. */
export type GivenPassage = Pick<
  Passage,
  'passageId' | 'documentId' | 'contentVersion' | 'view' | 'labels' | 'title' | 'headings' | 'text'
> & { readonly marker: string; readonly url?: string }

export type Answer = {
  readonly text: string
  readonly citations: Citation[]
  readonly model: string
  readonly usage: Static<typeof Usage>
  readonly finishReason: FinishReason
}

/** How a run ended. */
export type Outcome =
  | ({ readonly state: 'completed' } & Answer)
  | { readonly state: 'failed'; readonly fault: Fault; readonly text: string; readonly citations: Citation[] }
  | {
      readonly state: 'cancelled'
      readonly reason: CancelReason
      readonly text: string
      readonly citations: Citation[]
    }
  | { readonly state: 'expired'; readonly text: string; readonly citations: Citation[] }

export const stepNumbers = { search: 1, complete: 2, finish: 3 } as const

/** Thrown when another worker holds the run by now, or it is gone: this one may write nothing more about it. */
export class LeaseLost extends Error {
  constructor(runId: string) {
    super(`The lease of ${runId} is lost`)
  }
}
