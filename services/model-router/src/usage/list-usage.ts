import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { modelsContract } from '@tessera/shared/contracts/model-router'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Logger } from 'pino'
import { type Access, checkCaller } from '../access/check-caller.ts'
import type { UsageStore } from './usage.store.ts'

export type ListUsageDeps = { access: Access; store: UsageStore; logger: Logger }

type ListUsage = HandlerOf<(typeof modelsContract)['operations']['listUsage']>

const DEFAULT_LIMIT = 50

/** An admin sees the whole workspace's use of models, anyone else their own. */
export const createListUsage =
  ({ access, store, logger }: ListUsageDeps): ListUsage =>
  async ({ cursor, limit = DEFAULT_LIMIT }, call) => {
    const beforeId = cursor === undefined ? undefined : idOf(cursor)
    if (cursor !== undefined && beforeId === undefined) {
      return fail(
        modelsFaults.fault('request-refused', 'The cursor is not one that this list gave out.', {
          errors: [{ field: '/cursor', rule: 'a cursor of this list' }],
        }),
      )
    }
    const admin = await checkCaller(access, call, { anyOf: ['admin'] })
    if (!admin.ok && admin.fault.code !== 'access.forbidden') return admin
    if (!admin.ok) {
      const active = await checkCaller(access, call)
      if (!active.ok) return active
    }
    const { workspaceId, subject } = call.caller
    const page = {
      workspaceId,
      limit: limit + 1,
      ...(admin.ok ? {} : { subject }),
      ...(beforeId !== undefined && { beforeId }),
    }
    const rows = await store.page(page).catch((error: unknown) => {
      logger.error({ err: error }, 'usage cannot be read')
      return undefined
    })
    if (!rows) return fail(modelsFaults.fault('unavailable', 'The usage cannot be read at the moment.'))
    const items = rows.slice(0, limit)
    const last = items.at(-1)
    return ok({
      items: items.map((row) => ({
        at: row.at.toISOString(),
        subject: row.subject,
        actors: row.actors,
        model: row.model,
        operation: row.operation,
        outcome: row.outcome,
        usage: { inputTokens: row.input_tokens, outputTokens: row.output_tokens, estimated: row.estimated },
      })),
      ...(rows.length > limit && last && { nextCursor: cursorOf(last.id) }),
    })
  }

const cursorOf = (id: number) => Buffer.from(String(id)).toString('base64url')

function idOf(cursor: string): number | undefined {
  const text = Buffer.from(cursor, 'base64url').toString()
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
