// The test run: servers up, one `node --test` over the files, servers down. node packages/testkit/src/run-tests/main.ts [paths]
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { goProgram } from '../go-tools.ts'
import { runInForeground } from '../stack/foreground.ts'
import { ServerMissing } from '../stack/missing.ts'
import { natsProgram } from '../stack/nats.ts'
import { postgresProgram } from '../stack/postgres-program.ts'
import { URL_VARIABLE } from '../stack/server-kind.ts'
import { startStack, useStack, type StackServer } from '../stack/stack.ts'
import { needsOf, type Need } from './needs.ts'
import { testFiles } from './test-files.ts'

const ROOT = join(import.meta.dirname, '../../../..')
/** A file that hangs fails after this, so that a run always ends. Long enough for a new machine to build its Go tools in. */
const TIMEOUT_MS = 600_000

async function main(paths: string[]): Promise<number> {
  const files = await testFiles(ROOT, paths)
  if (files.length === 0) {
    console.error('no test files there')
    return 1
  }
  const release = await useStack()
  try {
    const servers = await startStack()
    const runnable = await leaveOut(files, await missing(servers))
    return runnable === undefined ? 1 : await runTests(runnable, servers)
  } finally {
    await release()
  }
}

/** What this machine lacks, each with what to install. */
async function missing(servers: StackServer[]): Promise<Map<Need, string>> {
  const lacking = new Map<Need, string>()
  for (const server of servers) if ('missing' in server) lacking.set(server.kind, server.missing)
  const programs: [Need, () => Promise<unknown>][] = [
    ['own nats', natsProgram],
    ['own postgres', postgresProgram],
    ['go', goProgram],
  ]
  for (const [need, find] of programs) {
    await find().catch((error: unknown) => {
      if (!(error instanceof ServerMissing)) throw error
      lacking.set(need, error.message)
    })
  }
  return lacking
}

/** The files that can run here. A developer is told what is left out and why; in CI nothing may be, so there the answer is undefined. */
async function leaveOut(files: string[], lacking: Map<Need, string>): Promise<string[] | undefined> {
  if (lacking.size === 0) return files
  const judged = await Promise.all(
    files.map(async (file) => ({ file, lacks: [...(await needsOf(file))].filter((need) => lacking.has(need)) })),
  )
  const out = judged.filter(({ lacks }) => lacks.length > 0)
  const lines = [
    ...new Set(lacking.values()),
    `${out.length} of ${files.length} test files need it${process.env['CI'] === 'true' ? ':' : ' and are LEFT OUT of this run:'}`,
    ...out.map(({ file, lacks }) => `  ${relative(ROOT, file)} (${lacks.join(', ')})`),
  ]
  console.error(`\n${'!'.repeat(80)}\n${lines.join('\n')}\n${'!'.repeat(80)}\n`)
  if (process.env['CI'] === 'true' && out.length > 0) return undefined
  return judged.flatMap(({ file, lacks }) => (lacks.length === 0 ? [file] : []))
}

async function runTests(files: string[], servers: StackServer[]): Promise<number> {
  const urls = servers.map((server) => [URL_VARIABLE[server.kind], 'url' in server ? server.url : ''])
  const args = [
    '--test',
    '--test-reporter=spec',
    `--test-timeout=${TIMEOUT_MS}`,
    // Tests mostly wait for servers, which need the other half of the machine.
    `--test-concurrency=${Math.max(2, availableParallelism())}`,
    ...files.map((file) => relative(ROOT, file)),
  ]
  return runInForeground(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...Object.fromEntries(urls) } })
}

process.exitCode = await main(process.argv.slice(2))
