/**
 * Mistakes that somebody could make in the decision or around it. Each is one exact text of one source file, with what stands there instead; a text that is
 * not there exactly once fails the run, so that no mutant rots. `killedBy` are the tests that must notice it.
 */
export type Mutant = {
  readonly name: string
  /** Under `src/`. */
  readonly file: string
  readonly text: string
  readonly instead: string
  readonly killedBy: Suite
}
/** A test file, from the folder of the service, and the tests in it that are meant (all where nothing is said). */
export type Suite = { readonly file: string; readonly tests?: string; readonly env?: Readonly<Record<string, string>> }

/** The tests of the rules, over facts and without a database. */
export const rules: Suite = { file: 'src/decide/decide.test.ts' }
export const rightAfter = (tests: string): Suite => ({ file: 'test/right-after.test.ts', tests })
export const guarantee = (tests: string): Suite => ({ file: 'test/postgres.test.ts', tests })
export const logWriter = (tests: string): Suite => ({ file: 'src/log/writer.test.ts', tests })
export const readSets: Suite = { file: 'src/check/read-sets.test.ts' }
export const uncleared: Suite = { file: 'src/check/uncleared-labels.test.ts' }
export const models: Suite = { file: 'src/check/check-models.test.ts' }
export const explanations: Suite = { file: 'src/questions/explain.test.ts' }
export const policySets: Suite = { file: 'src/policies/policies.test.ts' }
/** A few worlds, always the same ones. */
export const worlds: Suite = {
  file: 'test/rights.property.test.ts',
  env: { RIGHTS_WORLDS: '16', RIGHTS_SEED: '7', RIGHTS_SHRINK: 'no' },
}
