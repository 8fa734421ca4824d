import { createRandom } from '../access/random.ts'
import { mean } from './collection.ts'

const rounds = 20_000

/**
 * How often chance alone would make two systems differ as much on the same questions: a paired randomisation test, two-sided (Smucker, Allan and Carterette, CIKM
 * 2007). The same numbers in every run.
 */
export function pairedRandomisation(a: readonly number[], b: readonly number[]): number {
  const differences = a.map((value, at) => value - (b[at] ?? 0))
  const observed = Math.abs(mean(differences))
  const random = createRandom(1)
  let asFar = 0
  for (let round = 0; round < rounds; round++) {
    const flipped = differences.reduce((sum, one) => sum + (random.chance(0.5) ? one : -one), 0) / differences.length
    if (Math.abs(flipped) >= observed - 1e-12) asFar++
  }
  return (asFar + 1) / (rounds + 1)
}
