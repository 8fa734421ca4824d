import { cycleIn, type GivenGroup, groupsAbove } from './group-hierarchy.ts'
import type { PolicyEngine } from './policy-engine.ts'
import type { PolicyHit, PolicyModel, PolicyReader, PolicySet, PolicySignature, PolicyTool } from './questions.ts'

/** What a test asks. `groups` of the reader are those it is in directly; `groups` beside it say which are inside which. */
export type PolicyTest = {
  readonly name: string
  readonly given: { readonly reader: PolicyReader; readonly groups?: readonly GivenGroup[] }
  readonly ask: PolicyTestQuestion
  readonly expect: 'forbid' | 'no-objection'
  /** Exactly the policies that forbid; absent: any. */
  readonly policies?: readonly string[]
}

type AskedBy = { readonly agents?: readonly string[]; readonly purpose?: string }
export type PolicyTestQuestion =
  | ({ readonly action: 'read' | 'use'; readonly signature: PolicySignature } & AskedBy)
  | ({ readonly action: 'runTool'; readonly tool: PolicyTool } & AskedBy)
  | { readonly action: 'process'; readonly model: PolicyModel; readonly labels: readonly string[] }

/** `problem` says why a test could not be asked; such a test has not passed. */
export type PolicyTestResult = {
  readonly name: string
  readonly passed: boolean
  readonly answer?: 'forbid' | 'no-objection'
  /** The policies that forbid, sorted. */
  readonly policies: readonly string[]
  /** What went wrong in the evaluation; it forbids, and a test never expects it. */
  readonly errors: readonly string[]
  /** `field` is a JSON pointer into the test. */
  readonly problem?: { readonly field: string; readonly message: string }
}

/** Runs each test by itself, in order. Give it an engine for drafts: evaluations that err are incidents of that engine. */
export async function runPolicyTests(
  engine: PolicyEngine,
  policies: PolicySet,
  tests: readonly PolicyTest[],
): Promise<PolicyTestResult[]> {
  const results: PolicyTestResult[] = []
  for (const test of tests) results.push(await runTest(engine, policies, test))
  return results
}

async function runTest(engine: PolicyEngine, set: PolicySet, test: PolicyTest): Promise<PolicyTestResult> {
  const { name, given, expect } = test
  const cycle = cycleIn(given.groups ?? [])
  if (cycle) {
    const problem = { field: '/given/groups', message: `These groups form a cycle: ${cycle.join(' → ')}.` }
    return { name, passed: false, policies: [], errors: [], problem }
  }
  const reader = { ...given.reader, groups: groupsAbove(given.reader.groups, given.groups ?? []) }
  const hits = await ask(engine, set, reader, test.ask)
  const errors = hits.flatMap((hit) => ('error' in hit ? hit.error : []))
  const policies = hits.flatMap((hit) => ('error' in hit ? [] : hit.policyId)).toSorted()
  const answer = hits.length > 0 ? 'forbid' : 'no-objection'
  const expected = test.policies ? test.policies.toSorted() : policies
  const passed = answer === expect && errors.length === 0 && sameNames(expected, policies)
  return { name, passed, answer, policies, errors }
}

async function ask(
  engine: PolicyEngine,
  set: PolicySet,
  reader: PolicyReader,
  question: PolicyTestQuestion,
): Promise<readonly PolicyHit[]> {
  if (question.action === 'process') return engine.evaluateModel(set, question.model, question.labels)
  const { agents = [], purpose } = question
  const asker = { reader, agents, ...(purpose === undefined ? {} : { purpose }) }
  if (question.action === 'runTool') return engine.evaluateTool(set, asker, question.tool)
  const [hits] = await engine.evaluate(set, asker, [question.signature])
  return hits?.[question.action] ?? []
}

const sameNames = (one: readonly string[], other: readonly string[]) =>
  one.length === other.length && one.every((name, index) => name === other[index])
