import type { Candidate } from '@tessera/shared/contracts/access-control'
import { inTransaction } from '@tessera/shared/database/database'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import { type Decision, decidePassage } from '../decide/decide.ts'
import { futureRevision, noWorkspace, stateFault } from '../faults.ts'
import type { Make } from '../handler.ts'
import { logged, loggedDocument } from './decision-log.ts'
import { type Facts, loadFacts } from './load-facts.ts'

type Candidates = readonly Static<typeof Candidate>[]
/** Passages of one document and version share one decision, as long as labels don't tell them apart. */
type Judged = { documentId: string; passages: Candidates; decision: Decision }

export const checkPassages: Make<'checkPassages'> = ({ db }) =>
  async function checkPassages({ candidates, purpose, queryHash, atLeast }, call) {
    const documentIds = [...new Set(candidates.map(({ documentId }) => documentId))]
    return logged(
      (work) => inTransaction(db, work),
      async (trx, log) => {
        const facts = await loadFacts(trx, call.caller, documentIds)
        if (!facts) return fail(noWorkspace())
        const refusal = stateFault(facts.reader.state) ?? futureRevision(facts.revision, atLeast)
        if (refusal) return fail(refusal)
        const judged = judge(candidates, facts)
        const decisionId = await log(call, {
          kind: 'passages',
          purpose,
          queryHash,
          revision: facts.revision,
          documents: judged.map(({ documentId, passages, decision }) =>
            loggedDocument(
              documentId,
              passages.map(({ passageId }) => passageId),
              decision,
            ),
          ),
        })
        return ok({ decisionId, revision: facts.revision, allowed: judged.flatMap(allowedOf) })
      },
    )
  }

function judge(candidates: Candidates, { reader, documents }: Facts): Judged[] {
  const groups = Map.groupBy(candidates, ({ documentId, contentVersion }) => `${documentId} ${contentVersion}`)
  return [...groups.values()].flatMap((passages) => {
    const [first] = passages
    if (!first) return []
    const { documentId, contentVersion } = first
    return [{ documentId, passages, decision: decidePassage(reader, documents.get(documentId), contentVersion) }]
  })
}

const allowedOf = ({ passages, decision }: Judged) =>
  decision.allowed ? passages.map(({ passageId, view }) => ({ passageId, view, entitledView: 'full' as const })) : []
