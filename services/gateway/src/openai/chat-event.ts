import type { FinishReason } from '@tessera/shared/contracts/model-router/completion'
import type { Usage } from '@tessera/shared/contracts/model-router/usage'
import type { Result } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import type { Annotation } from './annotation.ts'

/** Where a reply of `agent/<handle>` is kept, so that a client can go on with the native routes. */
export type Kept = { conversation_id: string; message_id: string; run_id: string }

/** What both kinds of chat, with an agent and with a raw model, come down to. A failure is the last element. */
export type ChatEvent =
  | { readonly type: 'start'; readonly id: string; readonly model: string; readonly kept?: Kept }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'annotation'; readonly annotation: Annotation }
  /** What came so far is void: the step begins again. */
  | { readonly type: 'restart' }
  | {
      readonly type: 'end'
      readonly finishReason: FinishReason
      readonly usage: Static<typeof Usage>
      /** The answer as it is stored, where it is: it counts more than what was streamed. */
      readonly whole?: { readonly text: string; readonly annotations: readonly Annotation[] }
    }

export type ChatEvents = AsyncIterable<Result<ChatEvent>>
