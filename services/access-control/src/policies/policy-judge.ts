import type { Kysely } from 'kysely'
import type { AccessTables } from '../database.ts'
import type { PolicyJudgement } from '../decide/facts.ts'
import { Lru } from '../lru.ts'
import type { PolicyEngine } from './engine/policy-engine.ts'
import type { PolicyAsker, PolicyHit, PolicyModel, PolicySet, PolicySignature } from './engine/questions.ts'

/** What the published policies say. */
export type PolicyJudge = {
  /** The policies of a version; undefined for version 0: none were published. */
  policiesOf(db: Kysely<AccessTables>, workspaceId: string, version: number): Promise<PolicySet | undefined>
  /** For each signature in its order. The asker is known and active. */
  judge(
    policies: PolicySet | undefined,
    asker: PolicyAsker,
    signatures: readonly PolicySignature[],
  ): Promise<readonly PolicyJudgement[]>
  /** Whether something may be forbidden no more because it carries one label more. Where that can't be told, it may. */
  lapseByLabel(policies: PolicySet | undefined): Promise<boolean>
  /** The ids of the policies that forbid this model to process these labels. */
  judgeModel(policies: PolicySet | undefined, model: PolicyModel, labels: readonly string[]): Promise<readonly string[]>
}

export const noObjection: PolicyJudgement = { read: [], use: [] }

const REMEMBERED_SETS = 200

/** What was published never changes, so its text is remembered by workspace and version. */
export function createPolicyJudge(
  engine: Pick<PolicyEngine, 'evaluate' | 'evaluateModel' | 'lapsesByLabel'>,
): PolicyJudge {
  const texts = new Lru<PolicySet>(REMEMBERED_SETS)
  return {
    async policiesOf(db, workspaceId, version) {
      if (version === 0) return undefined
      const name = `${workspaceId}/${version}`
      const known = texts.get(name)
      if (known) return known
      const row = await db
        .selectFrom('policy_sets')
        .select('text')
        .where('workspace_id', '=', workspaceId)
        .where('version', '=', version)
        .executeTakeFirst()
      if (!row) throw new Error(`Policy version ${version} of ${workspaceId} is in force and not there`)
      const policies = { version: name, text: row.text }
      texts.set(name, policies)
      return policies
    },
    async judge(policies, asker, signatures) {
      if (!policies || signatures.length === 0) return signatures.map(() => noObjection)
      const hits = await engine.evaluate(policies, asker, signatures)
      return hits.map(({ read, use }) => ({
        read: idsOf(read),
        use: idsOf(use),
        failed: [...read, ...use].some(hasError),
      }))
    },
    lapseByLabel: async (policies) => policies !== undefined && engine.lapsesByLabel(policies.text).catch(() => true),
    async judgeModel(policies, model, labels) {
      return policies ? idsOf(await engine.evaluateModel(policies, model, labels)) : []
    },
  }
}

const hasError = (hit: PolicyHit) => 'error' in hit

/** A policy that could not be evaluated forbids, too. */
const idsOf = (hits: readonly PolicyHit[]) => hits.map(({ policyId }) => policyId ?? 'evaluation-error')
