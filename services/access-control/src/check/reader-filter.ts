import { prepared } from '@tessera/shared/database/prepared'
import { fail, ok } from '@tessera/shared/fault/result'
import { sql } from 'kysely'
import type { PrincipalState } from '../database.ts'
import type { AgentFacts } from '../decide/facts.ts'
import { fault, futureRevision, noWorkspace, stateFault } from '../faults.ts'
import type { Make } from '../handler.ts'
import { coveringNames, isStale } from './covering.ts'
import { agentFacts, chainOf } from './load-facts.ts'

const MAX_NAMES = 65_536

type Row = {
  revision: number | null
  state: PrincipalState | null
  agents: ({ name: string } & AgentFacts)[] | null
  names: string[]
  signatures: string[]
}

/**
 * The same rules as `decideDocument`, turned into what an index can match. State and content version need no part in it: rows of documents that are not
 * ready are removed from the index. Signatures carry the gates; those of a stale data source are left out.
 */
export const readerFilter: Make<'readerFilter'> = ({ db }) =>
  async function readerFilter({ atLeast }, { caller }) {
    const { workspaceId, subject, actors } = caller
    const { rows } = await sql<Row>`${prepared}
      with recursive ${coveringNames(workspaceId, subject)}
      select
        (select revision from workspaces where id = ${workspaceId}) as revision,
        (select state from reader) as state,
        (${agentFacts(workspaceId, actors)}) as agents,
        array(select name from covering order by name limit ${MAX_NAMES + 1}) as names,
        array(
          select g.signature from signatures g
          join data_sources s on s.workspace_id = g.workspace_id and s.data_source_id = g.data_source_id and s.to_rev is null
            and s.space = g.space
          left join data_source_confirmations c on c.workspace_id = s.workspace_id and c.data_source_id = s.data_source_id
          where g.workspace_id = ${workspaceId} and not ${isStale} and g.space in (select name from covering)
            and not exists (select from unnest(g.gates) gate where gate not in (select name from covering))
          order by g.signature
        ) as signatures`.execute(db)
    const row = rows[0]
    if (!row || row.revision === null) return fail(noWorkspace())
    const refusal = stateFault(row.state ?? 'unknown') ?? futureRevision(row.revision, atLeast)
    if (refusal) return fail(refusal)
    if (row.names.length > MAX_NAMES) {
      return fail(
        fault('too-many-names', `More than ${MAX_NAMES} names cover the reader; a part of them would hide denies.`),
      )
    }
    const chain = chainOf(actors, row.agents ?? [])
    const covers = chain.every(({ facts }) => facts?.active)
    return ok({
      names: covers ? row.names : [],
      pairs: covers ? row.signatures.map((signature) => `${signature}/full`) : [],
      agents: covers ? [...actors] : [],
      scopes: chain.flatMap(({ facts }) => (facts ? [facts.scope] : [])),
      exceptDocumentIds: [...new Set(chain.flatMap(({ facts }) => facts?.exceptDocumentIds ?? []))],
      revision: row.revision,
    })
  }
