import type { BenchInstallation } from '../installation.ts'
import { untilIndexed } from '../retrieval/load.ts'
import { withClient } from '../with-client.ts'

type Status = { passages: number; index?: { rows: number } }
type Job = { state: string; reason: string | null }

export const statusOf = (at: BenchInstallation) => at.request<Status>('GET', '/v1/index')

/** Makes the index anew as an admin does, until it has taken its place. How far it is, is asked where it costs the services nothing. */
export async function reindex(at: BenchInstallation): Promise<void> {
  await at.request('POST', '/v1/index/reindex', {})
  await withClient(at.cluster.databaseUrl, async (client) => {
    for (;;) {
      const { rows } = await client.query<Job>("select state, reason from retrieval.index_jobs where kind = 'reindex'")
      const [job] = rows
      if (job?.state === 'done') return
      if (job?.state === 'failed') throw new Error(`Reindex: ${job.reason}`)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  })
}

/** Hands every document to the workers: to be put anew, as after its push, or to get its access alone, as after a change of that. */
export async function indexAll(at: BenchInstallation, what: 'rows' | 'access'): Promise<void> {
  await withClient(at.cluster.databaseUrl, async (client) => {
    await client.query('begin')
    if (what === 'rows') await client.query('update retrieval.documents set indexed_version = null')
    await client.query(
      'insert into retrieval.index_work (workspace_id, document_id) select workspace_id, document_id from retrieval.documents on conflict do nothing',
    )
    await client.query('commit')
  })
  await untilIndexed(at)
}
