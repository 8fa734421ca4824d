import { ok } from '@tessera/shared/fault/result'
import { decidedDocuments, decisionEntry } from '../check/decision-log.ts'
import type { Decision } from '../decide/decide.ts'
import type { Make } from '../handler.ts'
import { aboutCaller, ask, isOwn } from './asking.ts'
import { decideQuestions } from './decide-questions.ts'

/**
 * Up to 1,000 questions at one revision. Who is neither admin nor auditor is answered about themselves; everything else is one and the same `no`, after the
 * same work: a forbidden, foreign, quarantined or missing document can't be told from another, nor another person's from one's own.
 */
export const checkAccess: Make<'checkAccess'> = ({ db, log, policies }) =>
  async function checkAccess({ questions, atLeast }, call) {
    const answered = await ask(db, call, { atLeast }, async ({ trx, workspaceId, asOf, notAnybody }) => {
      const asked = questions.map(({ reader, actors = [], purpose, documentId, passageId }) => {
        const question = { reader, actors, purpose, documentId, passageId }
        return notAnybody ? aboutCaller(call, question) : question
      })
      const { decided, facts } = await decideQuestions(trx, { policies }, { workspaceId, asOf }, asked)
      const answers = decided.map(({ question, decision }, index) => {
        const [posed] = questions.slice(index, index + 1)
        const told = !notAnybody || (posed && isOwn(call, posed)) ? decision : untold
        const { documentId, passageId } = question
        return { documentId, ...(passageId === undefined ? {} : { passageId }), decision: told }
      })
      return ok({ answers, facts, notAnybody })
    })
    if (!answered.ok) return answered
    const { answers, facts, notAnybody } = answered.value
    const entry = {
      kind: 'access-check',
      operation: 'checkAccess',
      readers: notAnybody ? [] : questions.map(({ reader }) => reader),
      documents: decidedDocuments(answers),
    } as const
    const { decisionId, ...receipt } = await log.append(decisionEntry(call, facts, entry))
    return ok({
      answers: answers.map(({ decision }) =>
        notAnybody ? { answer: answerOf(decision) } : { answer: answerOf(decision), view: decision.view },
      ),
      decisionId,
      receipt,
      revision: facts.revision,
    })
  }

const untold: Decision = { allowed: false, view: 'none', reasons: [] }

export const answerOf = ({ allowed }: Decision) => (allowed ? ('allowed' as const) : ('no' as const))
