import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { allEnded } from './all-ended.ts'
import { type Shared, shared, startReplicas } from './new-enemy/replicas.ts'
import { type Switch, switches } from './new-enemy/switches.ts'
import { passes } from './rights/agree.ts'
import { value } from './start-access-control.ts'

/** What is done to a switch, and how it is asked about: each on one of two replicas. */
type Step = { on: boolean; writer: number; asker: number; pause: number }
const replica = fc.nat({ max: 1 })
const step: fc.Arbitrary<Step> = fc.record({
  on: fc.boolean(),
  writer: replica,
  asker: replica,
  pause: fc.nat({ max: 3 }),
})
const scripts = fc.array(fc.array(step, { minLength: 3, maxLength: 5 }), {
  minLength: switches.length,
  maxLength: switches.length,
})

test('no answer is older than its token or than what was acknowledged before it was asked, on any replica', async (t) => {
  const replicas = await startReplicas(t)
  const story = fc.asyncProperty(scripts, async (script) => {
    const workspace = await shared(replicas)
    const made: Switch[] = []
    for (const make of switches) made.push(await make(workspace))
    // All of them at once: writers and askers of one workspace, in whatever order they come.
    await allEnded(made.map((one, index) => turned(workspace, one, script[index] ?? [])))
  })
  await fc.assert(story, { numRuns: 3, endOnFailure: true })
})

async function turned(workspace: Shared, one: Switch, steps: readonly Step[]): Promise<void> {
  const history = [{ revision: 0, on: true }]
  const lagging = await workspace.indexFacts(one.document.documentId)
  const racing = race(workspace, one, history)
  try {
    for (const { on, writer, asker, pause } of steps) {
      const revision = await one.turn(on, writer)
      history.push({ revision, on })
      await Promise.all([0, 1].map((number) => seen(workspace, one, lagging, { replica: number, on, revision })))
      for (let turn = 0; turn < pause; turn++) await setImmediate()
      await seen(workspace, one, lagging, { replica: asker, on, revision })
    }
  } finally {
    racing.stop()
  }
  const answers = await racing.answers
  assert.ok(answers.length > 0)
  for (const { acknowledged, revision, allowed } of answers) {
    assert.ok(revision >= acknowledged, `${one.kind}: an answer of ${revision} after ${acknowledged} was acknowledged`)
    const then = history.findLast((known) => known.revision <= revision)?.on
    assert.equal(allowed, then, `${one.kind}: at revision ${revision} of ${JSON.stringify(history)}`)
  }
}

type Expected = { replica: number; on: boolean; revision: number }

/** Asked with the token of the last write: by the check, and by the filter over an index of now and over one that lags. */
async function seen(
  workspace: Shared,
  one: Switch,
  lagging: Awaited<ReturnType<Shared['indexFacts']>>,
  { replica, on, revision }: Expected,
): Promise<void> {
  const told = `${one.kind}, turned ${on ? 'on' : 'off'} at ${revision}, by replica ${replica}`
  const checked = await check(workspace, one, replica, revision)
  assert.ok(checked.revision >= revision, told)
  assert.equal(checked.allowed, on, `the check: ${told}`)
  const call = workspace.as(replica, one.reader, one.actors)
  const filter = value(await workspace.on(replica).retrieval.readerFilter({ atLeast: revision }, call))
  assert.ok(filter.revision >= revision, told)
  const now = await workspace.indexFacts(one.document.documentId)
  assert.equal(passes(filter, now, `${now.signature}/full`), on, `the filter: ${told}`)
  // What a search over an old index finds is checked before it is shown.
  const found = passes(filter, lagging, `${lagging.signature}/full`)
  const shown = found && (await check(workspace, one, replica, revision)).allowed
  assert.ok(on || !shown, `a lagging index: ${told}`)
}

async function check(workspace: Shared, { reader, actors, document }: Switch, replica: number, atLeast?: number) {
  // The same passage each time, so that it can be remembered.
  const passageId = document.documentId.replace(/^doc_/, 'psg_')
  const row = { ...document, passageId, view: 'full' as const, hash: 'h' }
  const input = { candidates: [row], operation: 'search' as const, ...(atLeast === undefined ? {} : { atLeast }) }
  const checked = await workspace.on(replica).retrieval.checkPassages(input, workspace.as(replica, reader, actors))
  const { allowed, revision } = value(checked)
  return { allowed: allowed.length > 0, revision }
}

type Answer = { acknowledged: number; revision: number; allowed: boolean }

/** Asks without a token all the while, each replica in turn. */
function race(workspace: Shared, one: Switch, history: readonly { revision: number }[]) {
  const stopped = new AbortController()
  const ask = async () => {
    const answers: Answer[] = []
    for (let turn = 0; !stopped.signal.aborted || answers.length === 0; turn++) {
      const acknowledged = history.at(-1)?.revision ?? 0
      answers.push({ acknowledged, ...(await check(workspace, one, turn % 2)) })
    }
    return answers
  }
  const answers = ask()
  // A switch that fails is told of first.
  answers.catch(() => {})
  return {
    answers,
    stop: () => stopped.abort(),
  }
}

test('of two writers at once the later revision stands', async (t) => {
  const workspace = await shared(await startReplicas(t))
  const { aUser, aGroup, aSpace, aDataSource, write, readable, on, asAdmin } = workspace
  const source = await aDataSource(await aSpace('public'))
  const races = Array.from({ length: 8 }, async (_, index) => {
    const reader = await aUser()
    const group = await aGroup(...(index % 2 === 0 ? [reader] : []))
    const document = await write(source, { allow: [group] })
    const pair = { container: group, member: reader }
    const [added, removed] = await Promise.all([
      on(0).gateway.addMembership(pair, asAdmin(0)),
      on(1).gateway.removeMembership(pair, asAdmin(1)),
    ])
    const isIn = value(added).revision > value(removed).revision
    assert.deepEqual(await readable(reader, [document]), isIn ? [document.documentId] : [])
  })
  await allEnded(races)
})
