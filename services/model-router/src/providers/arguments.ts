import type { ToolCallPart } from '@tessera/shared/contracts/model-router/prompt'
import type { Static } from 'typebox'
import { RequestRefusedError } from './failure.ts'

/** The arguments of an earlier call, for protocols that want them as an object. A call without any has an empty one. */
export function argumentsOf({ name, arguments: text }: Static<typeof ToolCallPart>): Record<string, unknown> {
  if (text.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Told below, as any other text that is no object.
  }
  throw new RequestRefusedError(`The arguments of an earlier call of ${name} are no JSON object.`)
}
