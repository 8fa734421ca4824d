import type { Call } from '@tessera/shared/bus/call'
import type { Role } from '@tessera/shared/contracts/access-control/common'
import { prepared } from '@tessera/shared/database/prepared'
import { fail, ok } from '@tessera/shared/fault/result'
import { type Kysely, sql } from 'kysely'
import { coveringNames } from '../check/covering.ts'
import type { AccessTables, AgentGrantLists, PrincipalState } from '../database.ts'
import { futureRevision, noWorkspace } from '../faults.ts'
import type { Make } from '../handler.ts'
import { roleFault } from '../people/may.ts'

type Row = {
  revision: number
  state: PrincipalState | null
  roles: Role[] | null
  agents: { name: string; active: boolean; grants: AgentGrantLists }[] | null
  names: string[]
}

/**
 * Verbs decide about our surfaces, not about documents. An inactive agent is run by nobody. Admins administer every agent, so that none is orphaned. An agent
 * that acts for the caller must itself be named by the grant, unless it is the one in question; an app that acts for a user need not. All in one statement, hence at one revision.
 */
export const checkAgents: Make<'checkAgents'> = ({ db }) =>
  async function checkAgents({ verb, agents, atLeast }, call) {
    const { workspaceId, subject, actors } = call.caller
    const { rows } = await sql<Row>`${prepared}
      with recursive ${coveringNames(workspaceId, [subject])}, found as (
        select a.name, a.active, a.grants from agents a
        where a.workspace_id = ${workspaceId} and a.name = any(${[...agents]}::text[]) and a.to_rev is null
      )
      select w.revision, r.state, r.roles,
        (select json_agg(json_build_object('name', f.name, 'active', f.active, 'grants', f.grants)) from found f) as agents,
        array(select c.name from covering c
          where c.name in (select jsonb_array_elements_text(f.grants -> ${verb}::text) from found f)) as names
      from workspaces w left join reader r on true where w.id = ${workspaceId}`.execute(db)
    const [row] = rows
    if (!row) return fail(noWorkspace())
    const caller = row.state === null ? undefined : { state: row.state, roles: row.roles ?? [] }
    const refusal = roleFault(caller, call, []) ?? futureRevision(row.revision, atLeast)
    if (refusal) return fail(refusal)
    const covering = new Set(row.names)
    const administers = verb === 'administer' && !roleFault(caller, call, ['admin'])
    const allowed = (row.agents ?? []).filter(({ name, active, grants }) => {
      const granted = administers || grants[verb].some((entry) => covering.has(entry))
      const isNamed = (actor: string) => actor === name || !actor.startsWith('agent:') || grants[verb].includes(actor)
      const chain = actors.every(isNamed)
      return granted && chain && (active || verb !== 'run')
    })
    return ok({ allowed: allowed.map(({ name }) => name), revision: row.revision })
  }

/** Whether one of these names covers the caller. */
export async function holdsVerb(
  db: Kysely<AccessTables>,
  { caller }: Call,
  names: readonly string[],
): Promise<boolean> {
  const { rows } = await sql`
    with recursive ${coveringNames(caller.workspaceId, [caller.subject])}
    select from covering where name = any(${[...names]}::text[]) limit 1`.execute(db)
  return rows.length > 0
}
