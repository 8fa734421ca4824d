import type { SlotFor } from '../cache/slot.ts'
import type { RequestShape } from '../routing/request-shape.ts'

/** What a caller asks for, whichever operation it is. */
export type Asked = {
  readonly operation: 'complete' | 'embed' | 'rerank'
  readonly model: string
  readonly fallbacks?: readonly string[] | undefined
  /** Models that are not to be asked: they have broken off already. */
  readonly without?: readonly string[]
  readonly decisionIds: readonly string[]
  /** The words of a search: nothing that a client sends raw. */
  readonly ofSearch?: boolean | undefined
  /** What the caller adds to the labels in force. */
  readonly labels?: readonly string[] | undefined
  readonly shape: RequestShape
  /** Every text that a provider would read. */
  readonly texts: () => readonly string[]
  /** The caller's own notes. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
  /** What a conversation is known by; absent: the caller stands for it. */
  readonly conversation?: string | undefined
  /** Where an answer to the very same is looked for, and kept; absent: nowhere. */
  readonly slotFor?: SlotFor | undefined
}
