import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { sharedServer } from '@tessera/testkit/shared-server'
import type { Mutant, Suite } from './mutant.ts'
import { mutants } from './mutants.ts'
import type { Outcome } from './reporter.ts'

/** Only mutants whose name holds this, for whoever works on one. */
const ONLY = process.env['MUTANTS'] ?? ''

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const service = fileURLToPath(new URL('../..', import.meta.url))

/** Each file once, with all the tests in it that anybody relies on. */
const killersOf = (planted: readonly Mutant[]): Suite[] =>
  [...Map.groupBy(planted, ({ killedBy }) => killedBy.file).values()].flatMap((mutantsOfFile) => {
    const tests = mutantsOfFile.map(({ killedBy }) => killedBy.tests)
    const [first] = mutantsOfFile
    if (!first || tests.includes(undefined)) return first ? [first.killedBy] : []
    return [{ ...first.killedBy, tests: [...new Set(tests)].join('|') }]
  })

/** In a process of its own, which no test runner isolates again. */
async function run({ file, tests, env: own }: Suite, mutant?: Mutant): Promise<Outcome> {
  const args = [
    ...(mutant
      ? ['--import', `${new URL('./plant.ts', import.meta.url).href}?mutant=${encodeURIComponent(mutant.name)}`]
      : []),
    ...(tests === undefined ? [] : [`--test-name-pattern=${tests}`]),
    ...['--test-reporter', here('./reporter.ts'), '--test-reporter-destination', 'stdout', file],
  ]
  const { NODE_TEST_CONTEXT: _, ...inherited } = process.env
  const env = { ...inherited, ...own, TEST_DATABASE_URL: await sharedServer('postgres') }
  const { stdout, stderr } = await finished(process.execPath, args, env)
  const line = stdout.trim().split('\n').at(-1) ?? ''
  if (!line.startsWith('{')) throw new Error(`No outcome of ${file}: ${stdout}\n${stderr}`)
  return JSON.parse(line) as Outcome
}

const finished = (program: string, args: string[], env: NodeJS.ProcessEnv) =>
  new Promise<{ stdout: string; stderr: string }>((resolve) => {
    execFile(program, args, { cwd: service, env, maxBuffer: 50_000_000 }, (_, stdout, stderr) =>
      resolve({ stdout, stderr }),
    )
  })

suite('every planted mistake is noticed by an assertion', { concurrency: 2 }, () => {
  const planted = mutants.filter(({ name }) => name.includes(ONLY))
  for (const killer of killersOf(planted)) {
    test(`without a mistake all is well: ${killer.file}`, async () => {
      const { passed, failed, errors } = await run(killer)
      assert.deepEqual({ failed, errors }, { failed: [], errors: [] })
      assert.ok(passed > 0)
    })
  }
  for (const mutant of planted) {
    test(`noticed: ${mutant.name}`, async () => {
      const { failed, errors } = await run(mutant.killedBy, mutant)
      assert.ok(failed.length > 0, `${mutant.killedBy.file} did not notice it: ${errors.join('; ')}`)
    })
  }
})
