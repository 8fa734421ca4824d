import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { connectorsContract } from '@tessera/shared/contracts/connectors'
import { anotherRequest, answerOnce } from '@tessera/shared/database/answer-once'
import { inTransaction } from '@tessera/shared/database/database'
import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import type { Kysely } from 'kysely'
import { type AccessClient, requireAdmin } from '../callers/authorize.ts'
import type { ConnectorsDatabase } from '../database.ts'
import { fault, orUnavailable } from '../faults.ts'
import { resolveRoot } from '../sources/folder/resolve-root.ts'
import { connectionOf } from './connections.store.ts'

type Deps = { db: Kysely<ConnectorsDatabase>; access: AccessClient; folderRoots: readonly string[] }

export const createCreateConnection =
  ({ db, access, folderRoots }: Deps): HandlerOf<(typeof connectorsContract)['operations']['createConnection']> =>
  ({ connector, title, settings, idempotencyKey: key }, call) =>
    orUnavailable(async () => {
      const allowed = await requireAdmin(access, call)
      if (!allowed.ok) return allowed
      const root = await resolveRoot(settings.root, folderRoots)
      if (typeof root !== 'string') {
        const errors = [{ field: '/settings/root', rule: root.problem }]
        return fail(fault('invalid', `The folder ${root.problem}.`, { errors }))
      }
      const keyed = { caller: call.caller, operation: 'createConnection', key, input: { connector, title, settings } }
      const made = await inTransaction(db, (trx) =>
        answerOnce(trx, keyed, async () => {
          const row = await trx
            .insertInto('connections')
            .values({
              id: newId('cnn'),
              workspace_id: call.caller.workspaceId,
              connector,
              title,
              settings: JSON.stringify({ root: settings.root }),
            })
            .returningAll()
            .executeTakeFirstOrThrow()
          return connectionOf(row)
        }),
      )
      return made ? ok(made) : fail(fault('conflict', anotherRequest))
    })
