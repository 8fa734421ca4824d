import type { Reason } from '@tessera/shared/contracts/access-control/questions'
import { ok } from '@tessera/shared/fault/result'
import { decidedDocuments, decisionEntry } from '../check/decision-log.ts'
import type { Make } from '../handler.ts'
import { aboutCaller, ask, type Asking, isOwn } from './asking.ts'
import { answerOf } from './check-access.ts'
import { type Decided, decideQuestions } from './decide-questions.ts'
import { loadPaths } from './paths.ts'
import { loadLayers, nearestGrants, tellReason } from './reasons.ts'

/** The deciding facts of one question, by the same decision as every other surface. Who asks about themselves gets the answer alone. */
export const explain: Make<'explain'> = ({ db, log, policies }) =>
  async function explain({ question: posed, ...when }, call) {
    const explained = await ask(db, call, when, async (asking) => {
      const { trx, workspaceId, asOf, notAnybody, revision } = asking
      const { actors = [], reader, purpose, documentId, passageId } = posed
      const question = { reader, actors, purpose, documentId, passageId }
      const asked = notAnybody ? aboutCaller(call, question) : question
      const { decided, facts } = await decideQuestions(trx, { policies }, { workspaceId, asOf }, [asked])
      const [first] = decided
      if (!first) throw new Error('One question has one answer')
      const own: Decided = isOwn(call, posed)
        ? first
        : { ...first, decision: { allowed: false, view: 'none', reasons: [] } }
      const { policyVersion } = facts
      const { view } = first.decision
      const told = notAnybody ? {} : { view, policyVersion, ...(await reasonsOf(asking, first)) }
      return ok({ decided: notAnybody ? own : first, facts, told, revision: asOf ?? revision })
    })
    if (!explained.ok) return explained
    const { decided, facts, told, revision } = explained.value
    const { documentId, passageId } = decided.question
    const one = { documentId, ...(passageId === undefined ? {} : { passageId }), decision: decided.decision }
    const { decisionId, ...receipt } = await log.append(
      decisionEntry(call, facts, {
        kind: 'explain',
        operation: 'explain',
        readers: [decided.question.reader],
        documents: decidedDocuments([one]),
        ...(revision === facts.revision ? {} : { details: { atRevision: revision } }),
      }),
    )
    return ok({ answer: answerOf(decided.decision), ...told, decisionId, receipt, revision })
  }

async function reasonsOf(
  { trx, workspaceId, asOf }: Asking,
  { question, reader, decision }: Decided,
): Promise<{ reasons: Reason[]; nearest?: Reason[] }> {
  const { reasons } = decision
  const isCovered = reasons.some(({ code, name }) => name !== undefined && (code === 'allow' || code === 'deny'))
  const isSaid = reasons.some(({ code }) => code === 'deny' || code === 'gate' || code === 'label')
  const [pathOf, layersOf, nearest] = await Promise.all([
    loadPaths(trx, workspaceId, isCovered ? [question.reader] : [], asOf),
    isSaid ? loadLayers(trx, workspaceId, question, reasons, asOf) : undefined,
    reasons.some(({ code }) => code === 'no-grant')
      ? nearestGrants(trx, workspaceId, question.documentId, asOf)
      : undefined,
  ])
  const told = reasons.map((reason) => tellReason(reason, reader, pathOf, layersOf))
  return { reasons: told, ...(nearest ? { nearest } : {}) }
}
