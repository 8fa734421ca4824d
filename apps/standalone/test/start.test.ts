import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { demo } from '../../../samples/handbook/reading.ts'

// What `npm start` and `npm run ask` do, as processes.

const run = promisify(execFile)
const program = (name: string) => fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url))
const verifier = fileURLToPath(new URL('../../../services/access-control/src/verify-log.ts', import.meta.url))
const environment = { PATH: process.env.PATH ?? '' }

async function start(dataDir: string, flags: readonly string[] = []) {
  const child = spawn(process.execPath, [program('main'), '--port', '0', '--data-dir', dataDir, ...flags], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stderr.on('data', (part: Buffer) => (output += part.toString()))
  for await (const part of child.stdout) {
    output += String(part)
    if (output.includes('Tessera serves on')) break
  }
  const stop = async () => {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    return (await ended)[0] as number | null
  }
  const url = /serves on (\S+)/.exec(output)?.[1] ?? ''
  return { output, url, stop }
}

test(
  'a first start shows the sample to two people, serves, and a second one finds everything again',
  { timeout: 240_000 },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'tessera-start-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const dataDir = join(folder, 'data')

    const first = await start(dataDir)
    assert.match(first.output, /Models: .*tessera\/extractive/)
    assert.ok(first.output.includes(demo.question))
    const answers = first.output.slice(first.output.indexOf(demo.question)).split(/── .+ ──/)
    assert.equal(answers.length, 3)
    assert.match(answers[1] ?? '', /Equity Refresh/)
    assert.doesNotMatch(answers[2]?.split('Ask yourself')[0] ?? '', /Equity Refresh and Retention Program/)
    const tokens = first.output.match(/^ey[\w-]+\.[\w-]+\.[\w-]+$/gm) ?? []
    assert.equal(tokens.length, 3)
    assert.equal((first.output.match(/^ {2}curl /gm) ?? []).length, 3)
    const me = await fetch(`${first.url}/v1/me`, { headers: { authorization: `Bearer ${tokens[0]}` } })
    assert.equal(me.status, 200)
    const adminToken = /export ADMIN_TOKEN=(\S+)/.exec(first.output)?.[1] ?? ''
    const auditKey = /export AUDIT_PUBLIC_KEY=(\S+)/.exec(first.output)?.[1] ?? ''
    const exported = await fetch(`${first.url}/v1/audit/export`, { headers: { authorization: `Bearer ${adminToken}` } })
    assert.equal(exported.status, 200)
    const log = join(folder, 'log.ndjson')
    writeFileSync(log, await exported.text())
    const verified = await run(process.execPath, [verifier, '--export', log, '--key', auditKey], { env: environment })
    assert.match(verified.stdout, /The log holds/)

    const asked = await run(
      process.execPath,
      [program('ask'), '--as', 'chloe', '--data-dir', dataDir, 'How are expenses reimbursed?'],
      { env: environment },
    )
    assert.match(asked.stdout, /” \[\d\]/)
    await assert.rejects(
      run(process.execPath, [program('ask'), '--as', 'nobody-here', '--data-dir', dataDir, 'x'], { env: environment }),
      /nobody called nobody-here/,
    )
    await assert.rejects(
      run(process.execPath, [program('main'), '--port', '0', '--data-dir', dataDir], { env: environment }),
      /Another process/,
    )
    assert.equal(statSync(join(dataDir, 'installation.json')).mode & 0o077, 0, 'keys are for their owner only')
    assert.equal(await first.stop(), 0)
    await assert.rejects(
      run(process.execPath, [program('ask'), '--data-dir', dataDir, 'x'], { env: environment }),
      /not running/,
    )

    const second = await start(dataDir)
    assert.match(second.output, /Equity Refresh/)
    assert.equal(await second.stop(), 0)
  },
)

test('it refuses to listen beyond this machine', async () => {
  await assert.rejects(
    run(process.execPath, [program('main'), '--host', '0.0.0.0'], { env: environment }),
    /loopback only/,
  )
})
