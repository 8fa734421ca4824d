import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestScope } from '@tessera/testkit/test-scope'
import { table } from './figures.ts'

const main = fileURLToPath(new URL('../../apps/standalone/src/main.ts', import.meta.url))

/** Start time and memory of standalone: with nothing there, with the sample to load, and a second time. */
export async function benchStandalone(t: TestScope, _options: { quick: boolean }): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const rows = [
    ['first start, without the sample', ...(await startOnce(join(folder, 'empty'), ['--no-sample']))],
    ['first start, sample loaded and one question asked twice', ...(await startOnce(join(folder, 'sample'), []))],
    ['second start on the same data, question asked twice', ...(await startOnce(join(folder, 'sample'), []))],
  ] as const
  return table(['start', 'seconds to serving', 'memory then (RSS), MB'], rows)
}

async function startOnce(dataDir: string, flags: readonly string[]): Promise<[number, number]> {
  const start = performance.now()
  const child = spawn(process.execPath, [main, '--port', '0', '--data-dir', dataDir, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  for await (const part of child.stdout) {
    output += String(part)
    if (output.includes('Tessera serves on')) break
  }
  const seconds = (performance.now() - start) / 1000
  if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}: ${output}`)
  const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1])
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
  return [seconds, kilobytes / 1024]
}
