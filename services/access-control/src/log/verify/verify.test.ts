import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { newSigningKey, startLog } from '../../../test/start-log.ts'
import { type SignedCheckpoint, signCheckpoint, signRotation } from '../checkpoint.ts'
import { checkpointLine, rowLine } from '../ocsf.ts'
import { genesisHash, type LogRow, rowHash } from '../row.ts'
import { rotateKey } from '../rotate-key.ts'
import { readLine } from './read-line.ts'
import { verifyLog } from './verify.ts'

/** A real log of 24 rows with checkpoints after 8, 12, 16 and 24, and a rotation at 12, exported as a client gets it. */
async function anExport(t: Parameters<typeof startLog>[0]) {
  const started = await startLog(t)
  const next = newSigningKey()
  const first = await started.startWith()
  const append = async (count: number) => {
    for (let row = 0; row < count; row++) await started.log.append(started.entry({ subject: `user:${row % 3}` }))
  }
  await append(8)
  await first.write(started.workspaceId)
  await append(3)
  await rotateKey(started.db, started.key, next)
  const second = await started.startWith({ key: next })
  await append(4)
  await second.write(started.workspaceId)
  await append(8)
  await second.close()
  const lines = (await started.exportText()).trimEnd().split('\n')
  return {
    lines,
    checkpoints: await started.keptCheckpoints(),
    key: started.key,
    next,
    workspaceId: started.workspaceId,
  }
}

type Export = Awaited<ReturnType<typeof anExport>>

const verify = ({ key, checkpoints }: Export, lines: readonly string[], kept = checkpoints) =>
  verifyLog({ lines: () => lines, publicKey: key.publicKey, checkpoints: kept })

const isRowLine = (line: string) => readLine(line).kind === 'row'
const rowIn = (line: string): LogRow => {
  const read = readLine(line)
  if (read.kind !== 'row') throw new Error('not a row')
  return read.row
}

/** Every place in a JSON value, as the path to it. */
function paths(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([key, member]) => paths(member, [...path, key]))
}

/** The line with one of its values changed. */
function edited(line: string, choice: number): string {
  const event = JSON.parse(line) as Record<string, unknown>
  const places = paths(event)
  const path = places[choice % places.length] ?? []
  let holder = event
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string, unknown>
  const key = path.at(-1) ?? ''
  const value = holder[key]
  holder[key] = typeof value === 'number' ? value + 1 : `${String(value)}x`
  return JSON.stringify(event)
}

/** All from this line on made anew, hashes and all, after `change`; checkpoints are left as they are. */
function madeAnew(lines: readonly string[], from: number, change: (row: LogRow) => LogRow): string[] {
  let previousHash: string | undefined
  return lines.map((line, index) => {
    if (!isRowLine(line)) return line
    const row = rowIn(line)
    if (index < from) return line
    const made = { ...(index === from ? change(row) : row), previousHash: previousHash ?? row.previousHash }
    previousHash = rowHash(made)
    return rowLine(made, previousHash)
  })
}

test('an export verifies with the key of its beginning and of its end, with and without the checkpoints kept outside', async (t) => {
  const all = await anExport(t)
  assert.equal(all.lines.filter(isRowLine).length, 24)
  for (const publicKey of [all.key.publicKey, all.next.publicKey]) {
    for (const checkpoints of [all.checkpoints, []]) {
      const verified = await verifyLog({ lines: () => all.lines, publicKey, checkpoints })
      assert.deepEqual([verified.findings, verified.notices], [[], []])
    }
  }

  await t.test('any single change of a line, removal, repetition or exchange is found', async () => {
    const line = fc.nat({ max: all.lines.length - 1 })
    const tampered = fc.oneof(
      fc.tuple(line, fc.nat(10_000)).map(([at, choice]) => all.lines.with(at, edited(all.lines[at] ?? '', choice))),
      line.map((at) => all.lines.toSpliced(at, 1)).filter((lines) => lines.filter(isRowLine).length < 24),
      line
        .map((at) => all.lines.toSpliced(at, 0, all.lines[at] ?? ''))
        .filter((lines) => lines.filter(isRowLine).length > 24),
      fc
        .tuple(line, line)
        .filter(([one, other]) => one !== other)
        .map(([one, other]) => all.lines.with(one, all.lines[other] ?? '').with(other, all.lines[one] ?? '')),
      line.filter((at) => at < all.lines.length - 1).map((at) => all.lines.slice(0, at)),
    )
    await fc.assert(
      fc.asyncProperty(tampered, async (lines) => {
        const { findings } = await verify(all, lines)
        assert.notEqual(findings.length, 0)
      }),
      { numRuns: 400 },
    )
  })

  await t.test('a log made anew from any row on, hashes and all, differs from what was signed', async () => {
    for (const [index, line] of all.lines.entries()) {
      if (!isRowLine(line)) continue
      const change = (row: LogRow) => ({ ...row, at: '2020-01-01T00:00:00.000Z' })
      const { findings } = await verify(all, madeAnew(all.lines, index, change), [])
      assert.match(findings.join('\n'), /made anew/)
    }
  })

  await t.test('and signing it again with another key, or handing over to that key alone, does not help', async () => {
    const thief = newSigningKey()
    const resigned = (lines: readonly string[]) => {
      let last = { sequence: 0, hash: genesisHash }
      return lines.map((line) => {
        const read = readLine(line)
        if (read.kind === 'row') last = { sequence: read.row.sequence, hash: read.hash }
        if (read.kind !== 'checkpoint') return line
        const { keyId: _, signature: __, ...statement } = read.checkpoint
        return checkpointLine(signCheckpoint({ ...statement, ...last }, thief))
      })
    }
    const change = (row: LogRow) => ({ ...row, revision: 99 })
    const forged = resigned(madeAnew(all.lines, 2, change))
    assert.match((await verify(all, forged, [])).findings.join('\n'), /not signed by the key in force/)
    const handOver = (row: LogRow): LogRow => ({
      ...row,
      kind: 'key-rotation',
      body: {
        ...row.body,
        details: signRotation(row.workspace, row.at, { ...thief, publicKey: all.key.publicKey }, thief),
      },
    })
    const handed = resigned(madeAnew(all.lines, 2, handOver))
    const { findings } = await verify(all, handed, [])
    assert.match(findings.join('\n'), /Row 3: a rotation of the key that is not signed by both/)
  })

  await t.test(
    'a cut-off end is found by the checkpoints outside, and named as uncovered before the next checkpoint',
    async () => {
      const upTo = (sequence: number) =>
        all.lines.slice(0, all.lines.findIndex((line) => isRowLine(line) && rowIn(line).sequence === sequence) + 1)
      const cut = await verify(all, upTo(20))
      assert.match(cut.findings.join('\n'), /ends at row 20, but a checkpoint covers rows up to 24/)
      const alive = await verify(all, upTo(20), all.checkpoints.slice(0, 2))
      assert.deepEqual(alive.findings, [])
      assert.deepEqual(alive.notices, ['4 rows after the last checkpoint (row 16) are not yet covered'])
      const unsigned = await verify(all, upTo(5), [])
      assert.match(unsigned.findings.join('\n'), /nobody vouches/)
    },
  )

  await t.test('the export of another workspace, or one that begins late, is not taken for the whole', async () => {
    const foreign = await verifyLog({ lines: () => all.lines, publicKey: all.key.publicKey, workspace: 'wsp_other' })
    assert.match(foreign.findings.join('\n'), /is of workspace/)
    const late = all.lines.filter((line) => !isRowLine(line) || rowIn(line).sequence > 8).slice(1)
    assert.match((await verify(all, late, [])).findings.join('\n'), /Rows 1 to 8 are missing/)
    const told = await verifyLog({ lines: () => late, publicKey: all.next.publicKey, from: 9 })
    assert.deepEqual([told.findings, told.notices], [[], ['Rows before 9 were not looked at']])
  })

  await t.test('the program says which row, and ends with 0, 1 or 2', async () => runProgram(all))
})

async function runProgram({ lines, checkpoints, key }: Export) {
  const directory = await mkdtemp(join(tmpdir(), 'tessera-verify-'))
  const program = fileURLToPath(new URL('../../verify-log.ts', import.meta.url))
  const run = async (...args: string[]) =>
    promisify(execFile)(process.execPath, [program, ...args]).then(
      ({ stdout }) => ({ code: 0, text: stdout }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, text: stdout + stderr }),
    )
  const file = async (name: string, content: readonly (string | SignedCheckpoint)[]) => {
    const path = join(directory, name)
    await writeFile(path, content.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''))
    return path
  }
  try {
    const [good, bad, kept] = [
      await file('good', lines),
      await file('bad', lines.toSpliced(3, 1)),
      await file('kept', checkpoints),
    ]
    const publicKey = await file('key', [key.publicKey])
    const whole = await run('--export', good, '--key', publicKey, '--checkpoints', kept)
    assert.deepEqual(whole, { code: 0, text: 'The log holds: 24 rows, 4 checkpoints\n' })
    const broken = await run('--export', bad, '--key', key.publicKey, '--checkpoints', kept)
    assert.equal(broken.code, 1)
    assert.match(broken.text, /Rows 4 to 4 are missing/)
    for (const args of [
      ['--export', good],
      ['--export', 'nowhere', '--key', publicKey],
      ['--export', good, '--key', 'no key'],
      ['--bogus'],
    ]) {
      assert.equal((await run(...args)).code, 2)
    }
    assert.match((await run('--help')).text, /--checkpoints FILE/)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
