import type { Bus } from '@tessera/shared/bus/bus'
import { ok, type Result } from '@tessera/shared/fault/result'
import { sql } from 'kysely'
import type { AgentsDatabase } from '../database.ts'
import { callAsAgent } from '../edge/callers.ts'
import type { ReadFault } from '../edge/faults.ts'
import { type Access, checkOpenable } from '../read-sets/check-openable.ts'
import { type Entry, fetchReadSets, unionOf } from '../read-sets/read-sets.store.ts'
import type { HistoryTurn } from './compose-prompt.ts'
import type { Run } from './run.ts'

/** Older messages are left out: what a prompt holds, and what its answer inherits, must have a bound. */
const maxMessages = 40
const maxCharacters = 60_000
const maxEntries = 8000

export type History = {
  readonly turns: HistoryTurn[]
  /** What the turns were made from. */
  readonly entries: Entry[]
  /** The decisions under which they may stand in the prompt. */
  readonly decisionIds: string[]
  /** False: the message that the question follows can't be opened by the asker. */
  readonly parentOpenable: boolean
}

export type HistoryDeps = { readonly db: AgentsDatabase; readonly bus: Bus; readonly access: Access }

type Branch = Pick<Run, 'conversationId' | 'agentId' | 'caller' | 'onlyFor'> & { readonly parentId: string | undefined }

/**
 * What went before a question, on its branch of the conversation, as far as the asker (with the agent that acts for them) and the whole audience can open it
 * now. An answer that one of them can't open is left out, silently; only what the asker can't open themselves is told. With labels that no model may have, what shows them is left out as well.
 */
export async function loadHistory(
  { db, bus, access }: HistoryDeps,
  run: Branch,
  {
    signal,
    atLeast,
    audience,
    unclearedLabels,
  }: {
    signal: AbortSignal
    atLeast: number | undefined
    audience: readonly string[]
    unclearedLabels: readonly string[]
  },
): Promise<Result<History, ReadFault>> {
  const { parentId } = run
  if (parentId === undefined) return ok({ turns: [], entries: [], decisionIds: [], parentOpenable: true })
  const branch = await fetchBranch(db, run, parentId)
  const answers = branch.filter(({ role }) => role === 'assistant').map(({ id }) => id)
  const readSets = await fetchReadSets(db, answers)
  const sets = answers.map((id) => ({ id, entries: readSets.get(id) ?? [] }))
  const call = callAsAgent(bus, run.caller, run.agentId, 10_000, signal)
  const checked = await checkOpenable(access, sets, call, { atLeast, audience, unclearedLabels })
  if (!checked.ok) return checked
  const openable = checked.value.ids
  const parent = sets.filter(({ id }) => id === parentId)
  const isMine = audience.length === 0 && unclearedLabels.length === 0
  const mine = openable.has(parentId) || isMine ? checked : await checkOpenable(access, parent, call)
  if (!mine.ok) return mine
  const kept = withinBounds(
    branch.filter(({ id, role, text }) => text !== '' && (role === 'user' || openable.has(id))),
    readSets,
  )
  return ok({
    turns: kept.map(({ role, text, citations }) => ({ role, text, citations })),
    entries: unionOf(kept.map(({ id }) => readSets.get(id) ?? [])),
    decisionIds: checked.value.decisionIds,
    parentOpenable: mine.value.ids.has(parentId),
  })
}

/** From the parent up to the beginning; given oldest first. What was for others alone is no part of it. */
async function fetchBranch(db: AgentsDatabase, { conversationId, onlyFor }: Branch, parentId: string) {
  const isForAll = sql`(m.only_for is null or m.only_for = ${onlyFor ?? null}::text)`
  const { rows } = await sql<{
    id: string
    role: 'user' | 'assistant'
    text: string
    citations: HistoryTurn['citations']
  }>`
    with recursive branch as (
      select m.id, m.parent_id, m.role, m.text, m.citations, 1 as distance
      from messages m where m.id = ${parentId} and m.conversation_id = ${conversationId} and ${isForAll}
      union all
      select m.id, m.parent_id, m.role, m.text, m.citations, b.distance + 1
      from messages m join branch b on m.id = b.parent_id
      where m.conversation_id = ${conversationId} and b.distance < ${maxMessages} and ${isForAll}
    )
    select id, role, text, citations from branch order by distance desc`.execute(db)
  return rows
}

type Turn = Awaited<ReturnType<typeof fetchBranch>>[number]

/** The newest ones, as many as fit. */
function withinBounds(branch: readonly Turn[], readSets: ReadonlyMap<string, readonly Entry[]>): Turn[] {
  const kept: Turn[] = []
  let characters = 0
  let entries = 0
  for (const turn of branch.toReversed()) {
    characters += turn.text.length
    entries += readSets.get(turn.id)?.length ?? 0
    if (characters > maxCharacters || entries > maxEntries) break
    kept.unshift(turn)
  }
  return kept
}
