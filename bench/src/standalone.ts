import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createDevelopmentIssuer } from '@tessera/standalone/development-issuer'
import { openInstallation } from '@tessera/standalone/installation'
import { sampleAdmin } from '@tessera/standalone/sample'
import { createPushSource } from '@tessera/testkit/builders'
import type { TestScope } from '@tessera/testkit/test-scope'
import { handbookDocuments } from './documents.ts'
import { median, percentile, table, timed } from './figures.ts'
import { residentMb } from './indexing/watch-memory.ts'
import { loadPages, untilIndexed } from './retrieval/load.ts'
import { handbookQuestions } from './retrieval/queries.ts'

const main = fileURLToPath(new URL('../../apps/standalone/src/main.ts', import.meta.url))

/** Passages of the handbook, over and over, as a team may try it with. */
const documents = { quick: 50, full: 470 }

/** Start time and memory of standalone: with nothing there, with the sample to load, and a second time; and how fast it takes documents in and finds them. */
export async function benchStandalone(t: TestScope, { quick }: { quick: boolean }): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const rows = [
    ['first start, without the sample', ...(await startOnce(join(folder, 'empty'), ['--no-sample']))],
    ['first start, sample loaded and one question asked twice', ...(await startOnce(join(folder, 'sample'), []))],
    ['second start on the same data, question asked twice', ...(await startOnce(join(folder, 'sample'), []))],
  ] as const
  const starts = table(['start', 'seconds to serving', 'memory then (RSS), MB'], rows)
  return `${starts}\n\n${await measureFirstIndex(t, join(folder, 'indexed'), quick ? documents.quick : documents.full)}`
}

async function startOnce(dataDir: string, flags: readonly string[]): Promise<[number, number]> {
  const started = await start(dataDir, flags)
  const memory = residentMb(started.pid)
  await started.stop()
  return [started.seconds, memory]
}

async function start(dataDir: string, flags: readonly string[]) {
  const begun = performance.now()
  const child = spawn(process.execPath, [main, '--port', '0', '--data-dir', dataDir, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  for await (const part of child.stdout.iterator({ destroyOnReturn: false })) {
    output += String(part)
    if (output.includes('Tessera serves on')) break
  }
  const seconds = (performance.now() - begun) / 1000
  if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}: ${output}`)
  return {
    seconds,
    url: /Tessera serves on (\S+)/.exec(output)?.[1] ?? '',
    pid: child.pid ?? 0,
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** From the first push to the last passage that can be found, and searches over HTTP after that. */
async function measureFirstIndex(t: TestScope, dataDir: string, count: number): Promise<string> {
  const standalone = await start(dataDir, ['--no-sample'])
  t.after(() => standalone.stop())
  const { url, pid } = standalone
  const issuer = await createDevelopmentIssuer((await openInstallation(dataDir)).issuerKey)
  const authorization = `Bearer ${await issuer.tokenFor(sampleAdmin.id, sampleAdmin.name)}`
  const request = async <T>(method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }
  const { id: dataSourceId } = await createPushSource({ issuer: issuer.issuer, admin: { send: request } }, 'Bench')
  const at = { request, dataSourceId }
  const { ms } = await timed(async () => {
    await loadPages(at, handbookDocuments(count))
    await untilIndexed(at)
  })
  const { passages } = await request<{ passages: number }>('GET', '/v1/index')
  const search = (query: string) => request('POST', '/v1/search', { query, limit: 10 })
  // The gateway answers a principal 600 times a minute, and the pushes were most of that.
  await wait(60_000)
  for (const query of handbookQuestions(20)) await search(query)
  const searches: number[] = []
  for (const query of handbookQuestions(120)) searches.push((await timed(() => search(query))).ms)
  return table(
    [
      'standalone',
      'seconds',
      'passages per second',
      'search over HTTP, ms: p50',
      'p90',
      'p99',
      'memory then (RSS), MB',
    ],
    [
      [
        ...[`${passages} passages by PUT, 8 at once, to searchable`, ms / 1000, (passages / ms) * 1000],
        ...[median(searches), percentile(searches, 0.9), percentile(searches, 0.99), residentMb(pid)],
      ],
    ],
  )
}
