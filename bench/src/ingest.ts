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
  await put({ externalId: 'warm-up', text: '# Warm-up\n\nThe first document makes the index.' })
  await untilIndexed(at)
  const start = performance.now()
  await inParallel(documents, 8, put)
  const acknowledged = performance.now() - start
  await untilIndexed(at)
  const searchable = performance.now() - start
  const rows = await indexedRows(at.cluster)
  const floors: number[] = []
  for (let round = 0; round < 5; round++) floors.push(await rows.bulk())
  const perSecond = (ms: number) => (rows.count / ms) * 1000
  const ratio = perSecond(searchable) / perSecond(median(floors))
  return `${table(
    ['what', 'passages', 'seconds', 'passages per second'],
    [
      [
        `PUT of ${documents.length} documents, 8 at once, to the last acknowledgement`,
        rows.count,
        acknowledged / 1000,
        perSecond(acknowledged),
      ],
      ['the same, to searchable', rows.count, searchable / 1000, perSecond(searchable)],
      [
        'plain _bulk of the same rows, to searchable (median of 5)',
        rows.count,
        median(floors) / 1000,
        perSecond(median(floors)),
      ],
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
