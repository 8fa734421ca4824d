import { createNatsBus } from '@tessera/shared/bus/nats-bus'
import { createDatabase } from '@tessera/shared/database/database'
import { pino } from 'pino'
import { createRetrieval } from '../src/app.ts'
import type { RetrievalTables } from '../src/database.ts'
import { createElasticsearchIndex } from '../src/index/elasticsearch/elasticsearch-index.ts'

/** What the test tells this process in its first argument, as JSON. */
export type DyingReindexer = {
  nats: { url: string; prefix: string; signingKey: string; trust: string }
  database: { url: string; schema: string }
  search: { url: string; prefix: string }
  jobLeaseMs: number
  /** `put`: some rows are in the next index and nobody has noted it; `promoted`: the next index is the live one, and nobody has noted it. */
  dieAt: 'put' | 'promoted'
}

// A process of its own that kills itself in the middle of making an index: no handler, no `finally`, no closing of connections.
const { nats, database, search, jobLeaseMs, dieAt } = JSON.parse(process.argv[2] ?? '') as DyingReindexer
const index = createElasticsearchIndex(search)
const die = async () => {
  process.kill(process.pid, 'SIGKILL')
  await new Promise(() => undefined)
}
let puts = 0
await createRetrieval({
  bus: await createNatsBus({ ...nats, service: 'retrieval' }),
  db: createDatabase<RetrievalTables>(database),
  index: {
    ...index,
    async put(workspaceId, rows, which) {
      const refused = await index.put(workspaceId, rows, which)
      if (which === 'next' && dieAt === 'put' && puts++ > 0) await die()
      return refused
    },
    async promote(workspaceId) {
      await index.promote(workspaceId)
      if (dieAt === 'promoted') await die()
    },
  },
  passageIdKey: 'k'.repeat(32),
  logger: pino({ level: 'silent' }),
  jobLeaseMs,
})
process.stdout.write('ready\n')
