import { isDeepStrictEqual } from 'node:util'
import type { Call } from '@tessera/shared/bus/call'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Kysely, Selectable, Transaction } from 'kysely'
import { isInPolicy } from '../changes/widening.ts'
import type { Change, May, Operation } from '../changes/writer.ts'
import type { AccessTables } from '../database.ts'
import { fault, invalid, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { findCaller, roleFault } from '../people/may.ts'
import { findName } from '../people/principals.store.ts'
import { holdsVerb } from './check-agents.ts'

type Input = Parameters<ReturnType<Make<'putAgent'>>>[0]

export const putAgent: Make<'putAgent'> = ({ write }) =>
  async function putAgent(input, call) {
    if (!input.agent.startsWith('agent:'))
      return fail(invalid([{ field: '/agent', rule: 'must be the name of an agent' }]))
    const operation: Operation = { operation: 'putAgent', input, sensitive: (change) => actsAlone(change, input) }
    return write(call, operation, mayPut(input), async (change) => {
      const { trx, workspaceId, revision } = change
      if (input.serviceAccount && (await findName(trx, workspaceId, input.serviceAccount))?.kind !== 'service') {
        return fail(unknown('service account'))
      }
      const current = await findAgent(trx, workspaceId, input.agent)
      if (current && !differs(current, input)) return ok({})
      change.touch({ readers: true })
      await trx
        .updateTable('agents')
        .set({ to_rev: revision })
        .where('workspace_id', '=', workspaceId)
        .where('name', '=', input.agent)
        .where('to_rev', 'is', null)
        .execute()
      await trx
        .insertInto('agents')
        .values({
          workspace_id: workspaceId,
          name: input.agent,
          active: input.active,
          scope: JSON.stringify(input.scope),
          except_document_ids: input.exceptDocumentIds ?? [],
          service_account: input.serviceAccount ?? null,
          purposes: input.purposes ?? [],
          grants: JSON.stringify(input.grants),
          from_rev: revision,
          to_rev: null,
        })
        .execute()
      return ok({})
    })
  }

export const findAgent = (db: Kysely<AccessTables>, workspaceId: string, name: string) =>
  db
    .selectFrom('agents')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('name', '=', name)
    .where('to_rev', 'is', null)
    .executeTakeFirst()

type AgentRow = NonNullable<Awaited<ReturnType<typeof findAgent>>>

const differs = (row: Selectable<AccessTables['agents']>, input: Input) =>
  row.active !== input.active ||
  row.service_account !== (input.serviceAccount ?? null) ||
  !isDeepStrictEqual(row.except_document_ids, input.exceptDocumentIds ?? []) ||
  !isDeepStrictEqual(row.scope, input.scope) ||
  !isDeepStrictEqual(row.purposes, input.purposes ?? []) ||
  !isDeepStrictEqual(row.grants, input.grants)

/**
 * Whether more can be read through the agent afterwards than by whoever it acts for: by an account of its own, for a purpose that a policy makes an
 * exception for, or by somebody new where a policy may make one for the agent itself. To switch it off takes one person.
 */
async function actsAlone(change: Change, input: Input): Promise<boolean> {
  if (!input.active) return false
  const { trx, workspaceId } = change
  const current = await findAgent(trx, workspaceId, input.agent)
  const { purposes = [], exceptDocumentIds = [] } = input
  const statedBefore = current?.active ? current.purposes : []
  if (purposes.some((purpose) => !statedBefore.includes(purpose))) return true
  const mayRun = current?.active ? current.grants.run : []
  const isOpened = input.grants.run.some((name) => !mayRun.includes(name))
  if (isOpened && (await isInPolicy(change, [input.agent]))) return true
  const alike =
    current?.active &&
    current.service_account === input.serviceAccount &&
    isDeepStrictEqual(current.scope, input.scope) &&
    isDeepStrictEqual(current.except_document_ids, exceptDocumentIds)
  return input.serviceAccount !== undefined && !alike
}

/**
 * The agents service for itself (it has asked `checkAgents`), or a person: admins; builders for an agent that is not there yet; who may publish it, as far as
 * where it reads; who may administer it, everything but its service account, which is a reader of its own.
 */
const mayPut =
  (input: Input): May =>
  async (trx, call) => {
    if (call.caller.subject === 'system:agents' && call.caller.actors.length === 0) return undefined
    const row = await findCaller(trx, call)
    if (!roleFault(row, call, ['admin'])) return undefined
    const unfit = roleFault(row, call, [])
    if (unfit) return unfit
    const current = await findAgent(trx, call.caller.workspaceId, input.agent)
    return (await mayChange(trx, call, current, input))
      ? undefined
      : fault('forbidden', 'You may not change this agent so.')
  }

async function mayChange(trx: Transaction<AccessTables>, call: Call, current: AgentRow | undefined, input: Input) {
  const accountStays = (current?.service_account ?? null) === (input.serviceAccount ?? null)
  if (!accountStays || call.caller.actors.length > 0) return false
  if (!current) return !roleFault(await findCaller(trx, call), call, ['builder'])
  if (await holdsVerb(trx, call, current.grants.administer)) return true
  return isDeepStrictEqual(current.grants, input.grants) && (await holdsVerb(trx, call, current.grants.publish))
}
