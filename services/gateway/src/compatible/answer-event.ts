import type { CompletionEvent } from '@tessera/shared/contracts/model-router/completion'
import type { Usage } from '@tessera/shared/contracts/model-router/usage'
import type { Result } from '@tessera/shared/fault/result'
import type { Annotation } from './annotation.ts'
import type { FieldNames } from './field-names.ts'

/** Where an answer of `agent/<handle>` is kept, so that a client can go on with the native routes. */
export type Kept = { conversation_id: string; message_id: string; run_id: string }

/** What a model writes. */
export type Content = Exclude<CompletionEvent, { type: 'start' | 'end' }>

export type Start = {
  readonly type: 'start'
  /** Of an answer that is kept; without the prefix that each API has for its ids. */
  readonly id?: string
  readonly model: string
  readonly kept?: Kept
  /** What serves and why, for `x-tessera-route`. */
  readonly route?: string
  /** What else is to be known, for `x-tessera-notes`. */
  readonly notes?: readonly string[]
}

export type End = Pick<Extract<CompletionEvent, { type: 'end' }>, 'type' | 'finishReason' | 'stopText'> & {
  readonly usage: Usage
  /** The answer as it is stored, where it is: it counts more than what was streamed. */
  readonly whole?: { readonly text: string; readonly annotations: readonly Annotation[] }
}

/** What answers of agents and of raw models come down to, for every API that is spoken here. A failure is the last element. */
export type AnswerEvent =
  | Start
  | Content
  | { readonly type: 'annotation'; readonly annotation: Annotation }
  /** What came so far is void: the step begins again. */
  | { readonly type: 'restart' }
  | End

export type AnswerEvents = AsyncIterable<Result<AnswerEvent>>

/** An answer that is about to come, and what the API that was called calls the parts of a request, for faults. */
export type Answer = { readonly events: AnswerEvents; readonly names: FieldNames }
