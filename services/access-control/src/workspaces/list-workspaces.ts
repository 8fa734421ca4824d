import { fail, ok } from '@tessera/shared/fault/result'
import type { Make } from '../handler.ts'
import { systemFault } from '../people/may.ts'

export const listWorkspaces: Make<'listWorkspaces'> = ({ db }) =>
  async function listWorkspaces(_, call) {
    const refusal = systemFault(call, 'retrieval', 'agents', 'connectors')
    if (refusal) return fail(refusal)
    const rows = await db.selectFrom('workspaces').select(['id', 'revision']).orderBy('id').execute()
    return ok({ workspaces: rows.map(({ id, revision }) => ({ workspaceId: id, revision })) })
  }
