import type { Call, Caller } from '@tessera/shared/bus/call'
import type { Conversation, Participation } from '@tessera/shared/contracts/agents/conversations'
import { ok, type Result } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import type { AgentsDatabase } from '../database.ts'
import type { DefinitionDeps } from '../definitions/verbs.ts'
import type { ReadFault } from '../edge/faults.ts'
import { requireActive } from '../edge/require-active.ts'
import { type ConversationRow, conversationOf } from './conversations.store.ts'

type Output = { items: Static<typeof Conversation>[]; nextCursor?: string }
type Listed = ConversationRow & { participation: Participation }

/** The caller's own conversations and those that they take part in or are invited into, the newest first. Their titles are people's words. */
export function createListConversations({ db, access }: DefinitionDeps) {
  return async function listConversations(
    { cursor, limit = 50 }: { cursor?: string; limit?: number },
    call: Call,
  ): Promise<Result<Output, ReadFault>> {
    const active = await requireActive(access, call)
    if (!active.ok) return active
    const page = { before: cursor, limit: limit + 1 }
    const [own, others] = await Promise.all([fetchOwn(db, call.caller, page), fetchOthers(db, call.caller, page)])
    const rows = [...own, ...others].toSorted((a, b) => (a.id < b.id ? 1 : -1))
    const items = rows.slice(0, limit)
    const nextCursor = rows.length > limit ? items.at(-1)?.id : undefined
    return ok({
      items: items.map((row) => conversationOf(row, row.participation)),
      ...(nextCursor === undefined ? {} : { nextCursor }),
    })
  }
}

type Wanted = { readonly before: string | undefined; readonly limit: number }

async function fetchOwn(db: AgentsDatabase, caller: Caller, { before, limit }: Wanted): Promise<Listed[]> {
  const own = db
    .selectFrom('conversations')
    .selectAll()
    .where('workspace_id', '=', caller.workspaceId)
    .where('author', '=', caller.subject)
    .orderBy('id', 'desc')
    .limit(limit)
  const rows = await (before === undefined ? own : own.where('id', '<', before)).execute()
  return rows.map((row) => ({ ...row, participation: 'owner' }))
}

async function fetchOthers(db: AgentsDatabase, caller: Caller, { before, limit }: Wanted): Promise<Listed[]> {
  const others = db
    .selectFrom('participants')
    .innerJoin('conversations', 'conversations.id', 'participants.conversation_id')
    .selectAll('conversations')
    .select('participants.state')
    .where('name', '=', caller.subject)
    .where('state', '<>', 'left')
    .where('workspace_id', '=', caller.workspaceId)
    .orderBy('conversation_id', 'desc')
    .limit(limit)
  const rows = await (before === undefined ? others : others.where('conversation_id', '<', before)).execute()
  return rows.map(({ state, ...row }) => ({ ...row, participation: state === 'active' ? 'active' : 'invited' }))
}
