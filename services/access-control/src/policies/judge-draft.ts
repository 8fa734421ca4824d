import type { PolicyFinding, PolicyTest } from '@tessera/shared/contracts/access-control/policies'
import { type Kysely, sql } from 'kysely'
import type { Static } from 'typebox'
import type { AccessTables } from '../database.ts'
import type { PolicyEngine } from './engine/policy-engine.ts'
import { type PolicyTest as EngineTest, type PolicyTestResult, runPolicyTests } from './engine/run-policy-tests.ts'

type Draft = { id: string; text: string; tests: readonly unknown[] }
type Test = Static<typeof PolicyTest>
export type DraftJudgement = {
  valid: boolean
  findings: Static<typeof PolicyFinding>[]
  tests: {
    name: string
    passed: boolean
    got: 'forbid' | 'no-objection' | 'error'
    policyIds: string[]
    error?: string
  }[]
}

/** Validates a draft strictly and, if it is valid, runs its tests. */
export async function judgeDraft(
  db: Kysely<AccessTables>,
  drafts: PolicyEngine,
  workspaceId: string,
  { id, text, tests }: Draft,
): Promise<DraftJudgement> {
  const found = await drafts.validate(text, { passageLabels: await labelsOfPassagesAlone(db, workspaceId) })
  const findings = found.map(({ hint, ...finding }) => (hint === '' ? finding : { ...finding, hint }))
  const valid = findings.every(({ severity }) => severity !== 'error')
  if (!valid) return { valid, findings, tests: [] }
  const results: DraftJudgement['tests'] = []
  for (const test of tests as readonly Test[]) {
    const asked = toEngineTest(test)
    if ('missing' in asked) {
      const error = `/ask/${asked.missing} is needed to ask about ${test.ask.action}.`
      results.push({ name: test.name, passed: false, got: 'error', policyIds: [], error })
    } else {
      results.push(...(await runPolicyTests(drafts, { version: `draft ${id}`, text }, [asked])).map(toResult))
    }
  }
  return { valid, findings, tests: results }
}

/** Labels that passages carry and no document does, as far as content is known: to test one under `read` protects nothing. */
async function labelsOfPassagesAlone(db: Kysely<AccessTables>, workspaceId: string): Promise<string[]> {
  const { rows } = await sql<{ label: string }>`
    select distinct unnest(passage_labels) as label from signatures where workspace_id = ${workspaceId}
    except select unnest(document_labels) from signatures where workspace_id = ${workspaceId}`.execute(db)
  return rows.map(({ label }) => label)
}

function toEngineTest({ name, given, ask, expect }: Test): EngineTest | { missing: string } {
  const { kind, guest = false, memberOf = [], groups = [], clearances = [] } = given
  const reader = { name: given.name ?? `${kind}:somebody`, kind, guest, groups: memberOf, clearances }
  const base = {
    name,
    given: { reader, groups: groups.map((group) => ({ name: group.name, parents: group.memberOf })) },
    expect,
  }
  const askedBy = { agents: ask.actors ?? [], ...(ask.purpose === undefined ? {} : { purpose: ask.purpose }) }
  const { action, labels = [], documentLabels = [], dataSourceId = 'src_somewhere', space = 'space:somewhere' } = ask
  switch (action) {
    case 'read':
    case 'use':
      return { ...base, ask: { action, signature: { dataSourceId, space, documentLabels, labels }, ...askedBy } }
    case 'process':
      return ask.model ? { ...base, ask: { action, model: ask.model, labels } } : { missing: 'model' }
    case 'runTool':
      return ask.tool === undefined
        ? { missing: 'tool' }
        : { ...base, ask: { action, tool: { name: ask.tool }, ...askedBy } }
  }
}

function toResult({
  name,
  passed,
  answer,
  policies,
  errors,
  problem,
}: PolicyTestResult): DraftJudgement['tests'][number] {
  const error = problem ? `${problem.field}: ${problem.message}` : errors[0]
  return {
    name,
    passed,
    got: error === undefined ? (answer ?? 'error') : 'error',
    policyIds: [...policies],
    ...(error === undefined ? {} : { error }),
  }
}
