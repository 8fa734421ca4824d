import type { Call } from '@tessera/shared/bus/call'
import { ok } from '@tessera/shared/fault/result'
import { type Kysely, sql } from 'kysely'
import { readAs } from '../changes/read-at.ts'
import { coveringNames } from '../check/covering.ts'
import type { AccessTables } from '../database.ts'
import type { Make } from '../handler.ts'
import { roleFault } from '../people/may.ts'

/**
 * Verbs decide about our surfaces, not about documents. An inactive agent is run by nobody. Admins administer every agent, so that none is orphaned. An agent
 * that acts for the caller must itself be named by the grant, unless it is the one in question.
 */
export const checkAgents: Make<'checkAgents'> = ({ db }) =>
  async function checkAgents({ verb, agents, atLeast }, call) {
    return readAs(db, call, { anyOf: [], atLeast }, async ({ trx, workspaceId, revision, row }) => {
      if (agents.length === 0) return ok({ allowed: [], revision })
      const found = await trx
        .selectFrom('agents')
        .select(['name', 'active', 'grants'])
        .where('workspace_id', '=', workspaceId)
        .where('name', 'in', [...agents])
        .where('to_rev', 'is', null)
        .execute()
      const mentioned = [...new Set(found.flatMap(({ grants }) => grants[verb]))]
      const covering = await coveringAmong(trx, call, mentioned)
      const administers = verb === 'administer' && !roleFault(row, call, ['admin'])
      const allowed = found.filter(({ name, active, grants }) => {
        const granted = administers || grants[verb].some((entry) => covering.has(entry))
        const chain = call.caller.actors.every((actor) => actor === name || grants[verb].includes(actor))
        return granted && chain && (active || verb !== 'run')
      })
      return ok({ allowed: allowed.map(({ name }) => name), revision })
    })
  }

/** Whether one of these names covers the caller. */
export const holdsVerb = async (db: Kysely<AccessTables>, call: Call, names: readonly string[]) =>
  (await coveringAmong(db, call, names)).size > 0

async function coveringAmong(
  db: Kysely<AccessTables>,
  { caller }: Call,
  names: readonly string[],
): Promise<Set<string>> {
  const { rows } = await sql<{ name: string }>`
    with recursive ${coveringNames(caller.workspaceId, caller.subject)}
    select name from covering where name = any(${[...names]}::text[])`.execute(db)
  return new Set(rows.map(({ name }) => name))
}
