import { quoteIdentifier } from '@tessera/shared/database/quote-identifier'
import type { PgliteWorker } from '@tessera/shared/database/pglite-worker'
import { type IndexInfo, IndexMissing, type Which } from '../search-index.ts'
import { createSchema, createTables, definitionVersion, leftoverTables, searchSchema, tablesOf } from './tables.ts'

export type Indexes = ReturnType<typeof createIndexes>

/** Which tables the indexes of each workspace are. Nobody else writes them, so what is known here is true. */
export function createIndexes(pglite: PgliteWorker) {
  let opened: Promise<Map<string, IndexInfo>> | undefined
  let turn: Promise<unknown> = Promise.resolve()
  const known = () => {
    const opening = (opened ??= open(pglite))
    // What failed is tried anew.
    opening.catch(() => (opened = undefined))
    return opening
  }
  /** One change after the other: two that begin together would both make the tables. */
  const change = <T>(work: (all: Map<string, IndexInfo>) => Promise<T>): Promise<T> => {
    const done = turn.then(known).then(work)
    turn = done.catch(() => undefined)
    return done
  }
  return {
    async look(workspaceId: string): Promise<{ live?: IndexInfo; next?: IndexInfo }> {
      const all = await known()
      const [live, next] = [all.get(keyOf(workspaceId, 'live')), all.get(keyOf(workspaceId, 'next'))]
      return { ...(live ? { live } : {}), ...(next ? { next } : {}) }
    },
    async infoOf(workspaceId: string, which: Which = 'live'): Promise<IndexInfo> {
      const info = (await known()).get(keyOf(workspaceId, which))
      if (!info) throw new IndexMissing(`There is no ${which} index`)
      return info
    },
    make: (workspaceId: string, which: Which, embeddingModel: string | undefined) =>
      change(async (all) => {
        const there = all.get(keyOf(workspaceId, which))
        if (there) return there
        const name = `${workspaceId}_${Date.now().toString(36)}`
        await pglite.exec(createTables(tablesOf(name)))
        await pglite.query(`insert into ${searchSchema}.known_indexes values ($1, $2, $3, $4, $5)`, [
          ...[workspaceId, which, name, definitionVersion, embeddingModel ?? null],
        ])
        const info: IndexInfo = { name, ...(embeddingModel === undefined ? {} : { embeddingModel }) }
        all.set(keyOf(workspaceId, which), info)
        return info
      }),
    promote: (workspaceId: string) =>
      change(async (all) => {
        const next = all.get(keyOf(workspaceId, 'next'))
        if (!next) throw new IndexMissing('There is no next index')
        // Several statements in one are one transaction.
        await pglite.exec(`${removal(workspaceId, 'live', all.get(keyOf(workspaceId, 'live')))}
          update ${searchSchema}.known_indexes set which = 'live' where workspace_id = ${literal(workspaceId)};`)
        all.set(keyOf(workspaceId, 'live'), next)
        all.delete(keyOf(workspaceId, 'next'))
      }),
    dropNext: (workspaceId: string) =>
      change(async (all) => {
        await pglite.exec(removal(workspaceId, 'next', all.get(keyOf(workspaceId, 'next'))))
        all.delete(keyOf(workspaceId, 'next'))
      }),
  }
}

const keyOf = (workspaceId: string, which: Which) => `${workspaceId} ${which}`

function removal(workspaceId: string, which: Which, info: IndexInfo | undefined): string {
  const tables = info && tablesOf(info.name)
  return `delete from ${searchSchema}.known_indexes where workspace_id = ${literal(workspaceId)} and which = ${literal(which)};
    ${tables ? `drop table if exists ${tables.rows}, ${tables.accessSets};` : ''}`
}

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`

async function open(pglite: PgliteWorker): Promise<Map<string, IndexInfo>> {
  await pglite.exec(createSchema)
  const leftovers = await pglite.query<{ name: string }>(leftoverTables)
  for (const { name } of leftovers.rows) {
    await pglite.exec(`drop table if exists ${searchSchema}.${quoteIdentifier(name)}`)
  }
  type Row = { workspace_id: string; which: Which; name: string; embedding_model: string | null }
  const { rows } = await pglite.query<Row>(
    `select workspace_id, which, name, embedding_model from ${searchSchema}.known_indexes`,
  )
  for (const { name } of rows) {
    const { rows: table, accessSets } = tablesOf(name)
    await pglite.query(
      `delete from ${accessSets} s where not exists (select from ${table} r where r.access_set = s.id)`,
    )
  }
  return new Map(
    rows.map(({ workspace_id, which, name, embedding_model }) => [
      `${workspace_id} ${which}`,
      { name, ...(embedding_model === null ? {} : { embeddingModel: embedding_model }) },
    ]),
  )
}
