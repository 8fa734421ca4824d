import { replaceClearances } from '../labels/clearances.store.ts'
import type { Batch } from './batch.ts'

/** Where a line states clearances, they are all that its principal has of its own. */
export async function importClearances({ change, of, wrote }: Batch): Promise<void> {
  const lines = [
    ...of('user', ({ name }) => name),
    ...of('group', ({ name }) => name),
    ...of('agent', ({ name }) => name),
  ]
  const stated = lines.flatMap(({ number, line: { name, clearances } }) =>
    clearances ? [{ number, principal: name, clearances }] : [],
  )
  const changed = new Set(await replaceClearances(change, stated))
  for (const { number, principal } of stated) if (changed.has(principal)) wrote(number)
}
