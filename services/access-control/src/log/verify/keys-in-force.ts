import type { SignedRotation } from '../checkpoint.ts'
import { isRotation } from '../checkpoint.ts'

export type FoundRotation = { sequence: number; rotation: SignedRotation }

/** Which key has to sign a checkpoint of so many rows; undefined where nobody may. */
export type KeyAt = (sequence: number) => string | undefined

/**
 * The keys of a log, from the one that its verifier trusts: it may be the first, the last or one between, as each rotation is signed by both of its keys. `problems`
 * are rotations that hand over nothing.
 */
export function keysInForce(
  trusted: string,
  rotations: readonly FoundRotation[],
): { keyAt: KeyAt; problems: FoundRotation[] } {
  const problems: FoundRotation[] = []
  const valid = rotations.filter((found) => {
    const good = isRotation(found.rotation)
    if (!good) problems.push(found)
    return good
  })
  const chains: { from: number; key: string }[][] = []
  for (const found of valid) {
    const { oldKey, newKey } = found.rotation
    const chain = chains.find((keys) => keys.at(-1)?.key === oldKey)
    const step = { from: found.sequence, key: newKey }
    if (chain) chain.push(step)
    else chains.push([{ from: 0, key: oldKey }, step])
  }
  const own = chains.find((keys) => keys.some(({ key }) => key === trusted)) ?? [{ from: 0, key: trusted }]
  for (const found of valid) {
    if (!own.some(({ from }) => from === found.sequence)) problems.push(found)
  }
  return { problems, keyAt: (sequence) => own.findLast(({ from }) => from <= sequence)?.key }
}
