import { ownPostgres } from '@tessera/testkit/own-postgres'
import type { TestScope } from '@tessera/testkit/test-scope'
import { handbookDocuments } from './documents.ts'
import { inParallel, median, table } from './figures.ts'
import { indexedRows } from './indexed-rows.ts'
import { installation } from './installation.ts'

/** From `PUT` to searchable through all services, in passages per second, beside a plain `_bulk` of the very same rows. */
export async function benchIngest(t: TestScope, { quick }: { quick: boolean }): Promise<string> {
  const postgres = await ownPostgres(t, { durable: true })
  const at = await installation(t, { databaseServerUrl: postgres.url })
  const documents = handbookDocuments(quick ? 60 : 600)
  const put = async ({ externalId, text }: { externalId: string; text: string }) => {
    const path = `/v1/data-sources/${at.dataSourceId}/documents/${encodeURIComponent(externalId)}`
    await at.request('PUT', path, {
      content: { mediaType: 'text/markdown', text },
      access: { allow: ['workspace:members'] },
    })
  }
  // The first document makes the index, and the first hundred are for the compilers of the processes: the floor is measured warm, too.
  const warmUp = documents.slice(0, quick ? 10 : 100).map(({ text }, at) => ({ externalId: `warm-up/${at}`, text }))
  await inParallel(warmUp, 8, put)
  await untilIndexed(at)
  const before = (await indexedRows(at.cluster)).count
  const start = performance.now()
  await inParallel(documents, 8, put)
  const acknowledged = performance.now() - start
  await untilIndexed(at)
  const searchable = performance.now() - start
  const rows = await indexedRows(at.cluster)
  const floors: number[] = []
  for (let round = 0; round < 5; round++) floors.push(await rows.bulk())
  const pushed = rows.count - before
  const perSecond = (ms: number, count = pushed) => (count / ms) * 1000
  const floor = perSecond(median(floors), rows.count)
  const ratio = perSecond(searchable) / floor
  return `${table(
    ['what', 'passages', 'seconds', 'passages per second'],
    [
      [
        `PUT of ${documents.length} documents, 8 at once, to the last acknowledgement`,
        pushed,
        acknowledged / 1000,
        perSecond(acknowledged),
      ],
      ['the same, to searchable', pushed, searchable / 1000, perSecond(searchable)],
      ['plain _bulk of the same rows, to searchable (median of 5)', rows.count, median(floors) / 1000, floor],
    ],
  )}

ratio to plain _bulk: ${(ratio * 100).toFixed(1)} %`
}

async function untilIndexed(at: Awaited<ReturnType<typeof installation>>): Promise<void> {
  for (;;) {
    const { waiting } = await at.request<{ waiting: number }>('GET', `/v1/data-sources/${at.dataSourceId}/index`)
    if (waiting === 0) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
