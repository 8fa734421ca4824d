import type { Caller } from '@tessera/shared/bus/call'
import type { Usage } from '@tessera/shared/contracts/model-router/usage'
import { prepared } from '@tessera/shared/database/prepared'
import type { Kysely } from 'kysely'
import type { ModelsDatabase } from '../database.ts'

export type UsageStart = {
  readonly caller: Caller
  readonly model: string
  readonly operation: 'complete' | 'embed'
  /** A first estimate of the input, so that a request that never ended well is counted as well. */
  readonly inputTokens: number
  readonly decisionIds: readonly string[]
}

export type UsageEnd = {
  readonly outcome: string
  readonly usage: Usage
  readonly firstContentMs?: number
  readonly totalMs: number
}

export type UsageStore = ReturnType<typeof createUsageStore>

/** Queries over the `usage` table. */
export const createUsageStore = (db: Kysely<ModelsDatabase>) => ({
  async insertStart({ caller, model, operation, inputTokens, decisionIds }: UsageStart): Promise<number> {
    const { id } = await db
      .insertInto('usage')
      .values({
        workspace_id: caller.workspaceId,
        subject: caller.subject,
        actors: caller.actors,
        model,
        operation,
        outcome: 'started',
        input_tokens: inputTokens,
        output_tokens: 0,
        estimated: true,
        decision_ids: [...decisionIds],
      })
      .returning('id')
      .modifyEnd(prepared)
      .executeTakeFirstOrThrow()
    return id
  },

  async updateEnd(id: number, { outcome, usage, firstContentMs, totalMs }: UsageEnd): Promise<void> {
    await db
      .updateTable('usage')
      .set({
        outcome,
        input_tokens: usage.inputTokens,
        output_tokens: usage.outputTokens,
        estimated: usage.estimated,
        first_text_ms: firstContentMs ?? null,
        total_ms: totalMs,
      })
      .where('id', '=', id)
      .modifyEnd(prepared)
      .execute()
  },

  /** Newest first, of one subject or of the whole workspace. */
  async page({ workspaceId, subject, beforeId, limit }: UsagePage) {
    let query = db.selectFrom('usage').selectAll().where('workspace_id', '=', workspaceId)
    if (subject !== undefined) query = query.where('subject', '=', subject)
    if (beforeId !== undefined) query = query.where('id', '<', beforeId)
    return query.orderBy('id', 'desc').limit(limit).execute()
  },
})

export type UsagePage = { workspaceId: string; subject?: string; beforeId?: number; limit: number }
