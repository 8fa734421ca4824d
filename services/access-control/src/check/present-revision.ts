import { prepared } from '@tessera/shared/database/prepared'
import { fail, ok } from '@tessera/shared/fault/result'
import { sql } from 'kysely'
import { noWorkspace, stopped } from '../faults.ts'
import type { Make } from '../handler.ts'
import { systemFault } from '../people/may.ts'

/** As light as it can be: it is asked for many requests a second. */
export const presentRevision: Make<'presentRevision'> = ({ db }) =>
  async function presentRevision(_input, call) {
    const refusal = systemFault(call, 'models')
    if (refusal) return fail(refusal)
    const { rows } = await sql<{ revision: number; stopped: boolean }>`${prepared}
      select revision, stopped_at is not null as stopped from workspaces where id = ${call.caller.workspaceId}`.execute(
      db,
    )
    const [now] = rows
    if (!now) return fail(noWorkspace())
    const stop = stopped(now)
    return stop ? fail(stop) : ok({ revision: now.revision })
  }
