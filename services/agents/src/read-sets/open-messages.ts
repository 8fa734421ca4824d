import type { Bus } from '@tessera/shared/bus/bus'
import type { Call } from '@tessera/shared/bus/call'
import { ok, type Result } from '@tessera/shared/fault/result'
import type { AgentsDatabase } from '../database.ts'
import { callToOpen } from '../edge/callers.ts'
import type { ReadFault } from '../edge/faults.ts'
import { type Access, checkOpenable } from './check-openable.ts'
import { fetchReadSets } from './read-sets.store.ts'

export type OpenDeps = { readonly db: AgentsDatabase; readonly bus: Bus; readonly access: Access }
type Opened = { readonly ids: ReadonlySet<string>; readonly revision: number }
type Made = { readonly agentId: string; readonly purpose: string | undefined }

/** Which of these messages the caller may open now, each decided for the purpose that it was made for. */
export async function openMessages(
  { db, bus, access }: OpenDeps,
  messageIds: readonly string[],
  call: Call,
  atLeast?: number,
): Promise<Result<Opened, ReadFault>> {
  const [readSets, made] = await Promise.all([fetchReadSets(db, messageIds), fetchMade(db, messageIds)])
  const sets = messageIds.map((id) => ({ id, entries: readSets.get(id) ?? [] }))
  const groups = Map.groupBy(sets, ({ id, entries }) => (entries.length > 0 ? purposeKey(made.get(id)) : ''))
  // Whoever reads must be active, even where nothing needs a decision.
  if (!groups.has('')) groups.set('', [])
  const ids = new Set<string>()
  const revisions: number[] = []
  for (const group of groups.values()) {
    const of = group[0] && made.get(group[0].id)
    const as = of && group.some(({ entries }) => entries.length > 0) ? callToOpen(bus, call, of) : call
    const checked = await checkOpenable(access, group, as, { atLeast })
    if (!checked.ok) return checked
    for (const id of checked.value.ids) ids.add(id)
    revisions.push(checked.value.revision)
  }
  return ok({ ids, revision: Math.min(...revisions) })
}

const purposeKey = (made: Made | undefined) => (made?.purpose === undefined ? '' : `${made.purpose} ${made.agentId}`)

async function fetchMade(db: AgentsDatabase, messageIds: readonly string[]): Promise<ReadonlyMap<string, Made>> {
  if (messageIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('runs')
    .select(['message_id', 'agent_id as agentId', 'purpose'])
    .where('message_id', 'in', [...messageIds])
    .where('purpose', 'is not', null)
    .execute()
  return new Map(
    rows.map(({ message_id, agentId, purpose }) => [message_id, { agentId, purpose: purpose ?? undefined }]),
  )
}
