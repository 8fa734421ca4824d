import { after } from 'node:test'
import type { TestScope } from './test-scope.ts'

/**
 * A scope that ends with the test file, for what its `before` makes and its tests share. To be called at the top of the file: an `after` that is
 * said within a hook runs when that hook ends.
 */
export function fileScope(): TestScope {
  const cleanUps: (() => void | Promise<void>)[] = []
  after(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp()
  })
  return { after: (cleanUp) => void cleanUps.push(cleanUp) }
}
