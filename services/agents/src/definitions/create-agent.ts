import type { Call } from '@tessera/shared/bus/call'
import type { InputOf } from '@tessera/shared/bus/contract'
import type { Agent, AgentVersion, agentsContract } from '@tessera/shared/contracts/agents'
import { anotherRequest, answerOnce, findKept } from '@tessera/shared/database/answer-once'
import { inTransaction } from '@tessera/shared/database/database'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { sql } from 'kysely'
import type { Static } from 'typebox'
import type { AgentsTables } from '../database.ts'
import { fault } from '../edge/faults.ts'
import { requireActive } from '../edge/require-active.ts'
import { agentOf, type Grants, versionOf, versionRow } from './agents.store.ts'
import type { DefinitionDeps } from './verbs.ts'
import { putAgent, type WriteFault } from './write-facts.ts'

type Input = InputOf<(typeof agentsContract)['operations']['createAgent']>
type Output = { agent: Static<typeof Agent>; version: Static<typeof AgentVersion>; revision: number }

/** For how long a handle stays taken by somebody who began to make an agent and never came to the end. */
const unfinishedSeconds = 60

/**
 * Makes an agent with its first version. Its row takes the handle and stays unseen until access-control knows the agent; if that refuses, the
 * row goes again.
 */
export function createCreateAgent(deps: DefinitionDeps) {
  const { db, access } = deps
  return async function createAgent(
    { idempotencyKey: key, ...input }: Input,
    call: Call,
  ): Promise<Result<Output, WriteFault>> {
    const builder = await requireActive(access, call, ['builder', 'admin'])
    if (!builder.ok) return builder
    const keyed = { caller: call.caller, operation: 'createAgent', key, input }
    const kept = await findKept<AgentsTables, Output>(db, keyed)
    if (kept) return kept === 'another' ? fail(fault('conflict', anotherRequest)) : ok(kept)
    const grants = withDefaults(input.grants, call.caller.subject)
    const rows = await insert(deps, input, grants, call)
    if (!rows) return fail(fault('conflict', `The handle ${input.handle} is taken.`))
    const { agent, version } = rows
    const put = await putAgent(access, agent, undefined, call)
    if (!put.ok) {
      await db.deleteFrom('agents').where('id', '=', agent.id).where('known', '=', false).execute()
      return put
    }
    const made = await inTransaction(db, (trx) =>
      answerOnce(trx, keyed, async (): Promise<Output> => {
        await trx.updateTable('agents').set({ known: true }).where('id', '=', agent.id).execute()
        return { agent: agentOf(agent), version: versionOf(version), revision: put.value.revision }
      }),
    )
    return made ? ok(made) : fail(fault('conflict', anotherRequest))
  }
}

/** Every member may run it; everything else is its maker's, until they share it. */
const withDefaults = (given: Input['grants'], maker: string): Grants => ({
  run: ['workspace:members'],
  read: [maker],
  edit: [maker],
  publish: [maker],
  administer: [maker],
  ...given,
})

async function insert({ db }: DefinitionDeps, input: Input, grants: Grants, { caller }: Call) {
  const { workspaceId, subject } = caller
  return inTransaction(db, async (trx) => {
    await trx
      .deleteFrom('agents')
      .where('workspace_id', '=', workspaceId)
      .where('handle', '=', input.handle)
      .where('known', '=', false)
      .where('created_at', '<', sql<Date>`now() - ${unfinishedSeconds} * interval '1 second'`)
      .execute()
    const agent = await trx
      .insertInto('agents')
      .values({
        id: newId('agt'),
        workspace_id: workspaceId,
        handle: input.handle,
        title: input.title,
        active: true,
        grants: JSON.stringify(grants),
        known: false,
        created_by: subject,
      })
      .onConflict((conflict) => conflict.columns(['workspace_id', 'handle']).doNothing())
      .returningAll()
      .executeTakeFirst()
    if (!agent) return undefined
    const version = await trx
      .insertInto('agent_versions')
      .values(versionRow(agent.id, 1, input.definition, caller))
      .returningAll()
      .executeTakeFirstOrThrow()
    return { agent, version }
  })
}
