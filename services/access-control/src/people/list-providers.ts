import { fail, ok } from '@tessera/shared/fault/result'
import type { Make } from '../handler.ts'
import { systemFault } from './may.ts'

export const listProviders: Make<'listProviders'> = ({ db }) =>
  async function listProviders(_, call) {
    const refusal = systemFault(call, 'gateway')
    if (refusal) return fail(refusal)
    const rows = await db.selectFrom('identity_providers').selectAll().orderBy('id').execute()
    return ok({
      providers: rows.map(({ workspace_id: workspaceId, issuer, audience, jwks_url, jwks }) => ({
        workspaceId,
        issuer,
        audience,
        ...(jwks_url === null ? { jwks } : { jwksUrl: jwks_url }),
      })),
    })
  }
