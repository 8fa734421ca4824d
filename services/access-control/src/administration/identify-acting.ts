import { prepared } from '@tessera/shared/database/prepared'
import { fail, ok } from '@tessera/shared/fault/result'
import { sql } from 'kysely'
import type { PrincipalState } from '../database.ts'
import { fault, stateFault } from '../faults.ts'
import type { Make } from '../handler.ts'
import { systemFault } from '../people/may.ts'

type Row = { user_state: PrincipalState | null; app_state: PrincipalState | null; acts: boolean }

/** Asked for each request with an exchanged token, so that a right or key which was taken back, or somebody who was deactivated, counts from then on. */
export const identifyActing: Make<'identifyActing'> = ({ db }) =>
  async function identifyActing({ user, app, keyId }, call) {
    const refusal = systemFault(call, 'gateway')
    if (refusal) return fail(refusal)
    const { workspaceId } = call.caller
    const { rows } = await sql<Row>`${prepared}
      select
        (select state from principals where workspace_id = ${workspaceId} and name = ${user} and kind = 'user' and to_rev is null)
          as user_state,
        (select state from principals where workspace_id = ${workspaceId} and name = ${app} and kind = 'service' and to_rev is null)
          as app_state,
        exists (select from acting_apps where workspace_id = ${workspaceId} and service_account = ${app} and to_rev is null)
          and exists (select from api_keys where workspace_id = ${workspaceId} and id = ${keyId} and principal = ${app} and to_rev is null
            and (expires_at is null or expires_at > clock_timestamp())) as acts`.execute(db)
    const {
      user_state: userState,
      app_state: appState,
      acts,
    } = rows[0] ?? { user_state: null, app_state: null, acts: false }
    if (!acts || appState === null || userState === null)
      return fail(fault('unknown-key', 'This app may not act for this user any more.'))
    const unfit = stateFault(appState) ?? stateFault(userState)
    return unfit ? fail(unfit) : ok({ user, app })
  }
