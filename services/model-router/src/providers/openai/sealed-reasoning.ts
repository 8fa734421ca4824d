import type { ReasoningPart } from '@tessera/shared/contracts/model-router/prompt'
import type { ResponseReasoningItem } from 'openai/resources/responses/responses'
import type { Static } from 'typebox'
import { sealsOf } from '../seals.ts'

const { seal, unseal } = sealsOf('openai')

/** What the model thought, as it wants it back: the id of the item and what only the provider can read. */
export const sealReasoning = (id: string, encrypted: string) => seal(`${id}:${encrypted}`)

export function unsealReasoning({ text, seal }: Static<typeof ReasoningPart>): ResponseReasoningItem[] {
  const [, id, encrypted] = /^([^:]+):(.+)$/s.exec(unseal(seal) ?? '') ?? []
  if (id === undefined || encrypted === undefined) return []
  const summary = text === '' ? [] : [{ type: 'summary_text' as const, text }]
  return [{ type: 'reasoning', id, summary, encrypted_content: encrypted }]
}
