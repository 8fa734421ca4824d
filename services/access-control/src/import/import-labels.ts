import { isDeepStrictEqual } from 'node:util'
import { asSet } from '../index/signature.ts'
import { changesIndex, findDefinitions, replaceDefinitions, touchLabelled } from '../labels/labels.store.ts'
import type { Batch } from './batch.ts'

export async function importLabels({ change, of, wrote }: Batch): Promise<void> {
  const lines = of('label', ({ label }) => label)
  if (lines.length === 0) return
  const current = await findDefinitions(change.trx, change.workspaceId)
  const changed = lines.flatMap(({ number, line: { label, title, requires, below, hidesTitle } }) => {
    const definition = { title, requires: asSet(requires), below, hidesTitle }
    return isDeepStrictEqual(current.get(label), definition) ? [] : [{ number, label, definition }]
  })
  await replaceDefinitions(
    change,
    changed.map(({ label }) => label),
    changed.map(({ label, definition }) => ({ label, ...definition })),
  )
  const forIndex = changed.filter(({ label, definition }) => changesIndex(current.get(label), definition))
  await touchLabelled(
    change,
    forIndex.map(({ label }) => label),
  )
  for (const { number } of changed) wrote(number)
}
