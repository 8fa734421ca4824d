import type { ProposedChange } from '@tessera/shared/contracts/access-control/questions'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../../database.ts'
import { invalid, unknown } from '../../faults.ts'
import type { PolicyEngine } from '../../policies/engine/policy-engine.ts'
import type { PolicySet } from '../../policies/engine/questions.ts'
import { findPolicySet } from '../../policies/policy-sets.store.ts'

/**
 * The policies that would be in force, as their text: nothing is published, so that no version ever means two texts. Undefined where none are proposed. A
 * text that could not be published is refused, as publishing does.
 */
export async function proposedPolicies(
  db: Kysely<AccessTables>,
  drafts: Pick<PolicyEngine, 'validate'>,
  workspaceId: string,
  changes: readonly ProposedChange[],
): Promise<Result<PolicySet | undefined, Fault<'access.invalid' | 'access.not-found'>>> {
  const index = changes.findLastIndex(({ type }) => type === 'policies.published')
  const change = changes[index]
  if (change?.type !== 'policies.published') return ok(undefined)
  const set = await findPolicySet(db, workspaceId, change.policySetId)
  if (!set) return fail(unknown('policy set'))
  const wrong = (await drafts.validate(set.text)).filter(({ severity }) => severity === 'error')
  if (wrong.length === 0) return ok({ version: `simulated ${set.id}`, text: set.text })
  const field = `/changes/${index}/policySetId`
  return fail(
    invalid(
      wrong.map(({ line, column, message }) => ({
        field,
        rule: `line ${line ?? 1} column ${column ?? 1}: ${message}`,
      })),
    ),
  )
}
