import { fail, ok } from '@tessera/shared/fault/result'
import { readAt } from '../changes/read-at.ts'
import type { Make } from '../handler.ts'
import { systemFault } from '../people/may.ts'
import { loadIndexFacts } from './load-index-facts.ts'

export const indexFacts: Make<'indexFacts'> = ({ db }) =>
  async function indexFacts({ documentIds }, call) {
    const refusal = systemFault(call, 'retrieval')
    if (refusal) return fail(refusal)
    const { workspaceId } = call.caller
    return readAt(db, workspaceId, async (trx, revision) =>
      ok({ ...(await loadIndexFacts(trx, workspaceId, [...new Set(documentIds)])), revision }),
    )
  }
