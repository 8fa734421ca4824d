import { fail, ok } from '@tessera/shared/fault/result'
import { readAs } from '../changes/read-at.ts'
import { changesForbid } from '../changes/widening.ts'
import type { Change } from '../changes/writer.ts'
import { fault, invalid, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { mayAdmin } from '../people/may.ts'
import { splitStatements } from './engine/policy-text.ts'
import { type DraftJudgement, judgeDraft } from './judge-draft.ts'
import { findInForce, findPolicySet, putInForce, toPolicySet } from './policy-sets.store.ts'

/** Validates and tests a set, without changing anything. */
export const checkPolicySet: Make<'checkPolicySet'> = ({ db, drafts }) =>
  async function checkPolicySet({ id }, call) {
    const found = await readAs(db, call, { anyOf: ['admin', 'auditor'] }, async ({ trx, workspaceId, revision }) => {
      const row = await findPolicySet(trx, workspaceId, id)
      return row ? ok({ row, revision }) : fail(unknown('policy set'))
    })
    if (!found.ok) return found
    const { row, revision } = found.value
    return ok({ ...(await judgeDraft(db, drafts, call.caller.workspaceId, row)), revision })
  }

/**
 * Puts a draft in force. It is judged before the workspace is locked, so that no decision waits for its tests, and refused if it was changed in between.
 * To take a policy away, or to change one, may widen.
 */
export const publishPolicySet: Make<'publishPolicySet'> = ({ db, drafts, write }) =>
  async function publishPolicySet({ id }, call) {
    const { workspaceId } = call.caller
    const draft = await findPolicySet(db, workspaceId, id)
    const judgement = draft && (await judgeDraft(db, drafts, workspaceId, draft))
    const operation = {
      operation: 'publishPolicySet',
      input: { id },
      kind: 'policy',
      sensitive: (change: Change) => takesPoliciesAway(change, draft?.text ?? ''),
      about: async () => draft?.text ?? '',
    } as const
    return write(call, operation, mayAdmin, async (change) => {
      const row = await findPolicySet(change.trx, workspaceId, id)
      if (!row || !draft || !judgement) return fail(unknown('policy set'))
      if (row.state === 'published') return ok({ policySet: toPolicySet(row) })
      if (row.state !== 'draft') return fail(fault('conflict', 'It was in force before: roll back to it.'))
      if (row.text !== draft.text || JSON.stringify(row.tests) !== JSON.stringify(draft.tests)) {
        return fail(fault('conflict', 'The draft was changed while it was being checked.'))
      }
      const errors = errorsOf(judgement)
      if (errors.length > 0) return fail(invalid(errors))
      return ok({ policySet: toPolicySet(await putInForce(change, row)) })
    })
  }

/** Puts a set in force again that was before. That may widen, whatever stands in it. */
export const rollBackPolicies: Make<'rollBackPolicies'> = ({ write }) =>
  async function rollBackPolicies({ id }, call) {
    const operation = { operation: 'rollBackPolicies', input: { id }, kind: 'policy', sensitive: true } as const
    return write(call, operation, mayAdmin, async (change) => {
      const row = await findPolicySet(change.trx, change.workspaceId, id)
      if (!row) return fail(unknown('policy set'))
      if (row.state === 'draft') return fail(fault('conflict', 'It was never in force: publish it.'))
      if (row.state === 'published') return ok({ policySet: toPolicySet(row) })
      return ok({ policySet: toPolicySet(await putInForce(change, row)) })
    })
  }

async function takesPoliciesAway({ trx, workspaceId }: Change, text: string): Promise<boolean> {
  const inForce = await findInForce(trx, workspaceId)
  return changesForbid(statementsOf(inForce?.text ?? ''), statementsOf(text))
}

const statementsOf = (text: string) =>
  new Map(splitStatements(text).map((statement) => [statement.text, statement.text]))

/** What stands against publishing, each with its place. */
function errorsOf({ findings, tests }: DraftJudgement) {
  const wrong = findings.filter(({ severity }) => severity === 'error')
  const failed = tests.flatMap(({ name, passed, got, error }, index) =>
    passed ? [] : [{ field: `/tests/${index}`, rule: `did not pass (${name}): got ${error ?? got}` }],
  )
  return [
    ...wrong.map(({ line, column, message, hint }) => ({
      field: `/text line ${line ?? 1} column ${column ?? 1}`,
      rule: hint ? `${message} ${hint}` : message,
    })),
    ...failed,
  ]
}
