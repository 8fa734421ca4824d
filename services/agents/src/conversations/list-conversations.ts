import type { Call } from '@tessera/shared/bus/call'
import type { Conversation } from '@tessera/shared/contracts/agents'
import { ok, type Result } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import type { DefinitionDeps } from '../definitions/verbs.ts'
import type { ReadFault } from '../edge/faults.ts'
import { requireActive } from '../edge/require-active.ts'
import { conversationOf } from './conversations.store.ts'

type Output = { items: Static<typeof Conversation>[]; nextCursor?: string }

/** The caller's own conversations, the newest first. Their titles are the caller's words. */
export function createListConversations({ db, access }: DefinitionDeps) {
  return async function listConversations(
    { cursor, limit = 50 }: { cursor?: string; limit?: number },
    call: Call,
  ): Promise<Result<Output, ReadFault>> {
    const active = await requireActive(access, call)
    if (!active.ok) return active
    const mine = db
      .selectFrom('conversations')
      .selectAll()
      .where('workspace_id', '=', call.caller.workspaceId)
      .where('author', '=', call.caller.subject)
      .orderBy('id', 'desc')
      .limit(limit + 1)
    const rows = await (cursor === undefined ? mine : mine.where('id', '<', cursor)).execute()
    const items = rows.slice(0, limit)
    const nextCursor = rows.length > limit ? items.at(-1)?.id : undefined
    return ok({ items: items.map(conversationOf), ...(nextCursor === undefined ? {} : { nextCursor }) })
  }
}
