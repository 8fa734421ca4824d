import { test } from 'node:test'
import fc from 'fast-check'
import { allEnded } from './all-ended.ts'
import { agree } from './rights/agree.ts'
import { agreeOnAnswers, answersOf } from './rights/agree-on-answers.ts'
import { agreeOnPast, agreeOnQuestions } from './rights/agree-on-questions.ts'
import { build } from './rights/build.ts'
import { type Change, changed, changes, withPassages } from './rights/changes.ts'
import { type Asker, chains, readers, worlds, type World } from './rights/world.ts'
import { apply, putPassages } from './rights/write.ts'
import { type AccessControl, startAccessControl } from './start-access-control.ts'

/** How many worlds; thousands on demand. */
const WORLDS = Number(process.env['RIGHTS_WORLDS'] ?? 200)
/** The seed of a run that failed, to have it again. */
const SEED = process.env['RIGHTS_SEED']
/** `no`: a failing world is told as it is, without a search for a smaller one. */
const SHRINK = process.env['RIGHTS_SHRINK'] !== 'no'
/** Worlds that live side by side, since the writes to one workspace queue behind each other. */
const AT_ONCE = 8

test('check, filter, explain, readers and old answers say what the rules say, in any world and right after any change', async (t) => {
  const access = await startAccessControl(t)
  const story = fc.record({ world: worlds, chains, changes: fc.array(changes, { minLength: 1, maxLength: 3 }) })
  const lives = Array.from({ length: Math.min(AT_ONCE, WORLDS) }, (_, index) => ({
    numRuns: Math.ceil((WORLDS - index) / AT_ONCE),
    endOnFailure: !SHRINK,
    ...(SEED === undefined ? {} : { seed: Number(SEED) + index }),
  }))
  let failed: number | undefined
  const property = (index: number) =>
    fc.asyncProperty(story, async (one) => {
      // The others stop where one looks for a smaller world that fails.
      if (failed !== undefined && failed !== index) return
      await live(access, one).catch((error: unknown) => {
        failed ??= index
        throw error
      })
    })
  await allEnded(lives.map((parameters, index) => fc.assert(property(index), parameters)))
})

type Story = { world: World; chains: number[][]; changes: Change[] }

/** A world that is asked all there is to ask, before and right after each change. */
async function live(
  access: AccessControl,
  { world: begin, chains: chainsOfReaders, changes: stream }: Story,
): Promise<void> {
  const workspace = await access.aWorkspace()
  const built = await build(access, workspace, begin)
  const told = JSON.stringify({ begin, stream })
  const askers = readers.map((reader, index): Asker => ({ reader, chain: chainsOfReaders[index] ?? [], audience: [] }))
  const answers = answersOf(built, begin)
  const lastOf = new Map<number, World>()
  const past: { revision: number; world: World }[] = []
  let world = begin
  const agreeNow = async (when: string) => {
    const both = inCompany(askers, past.length)
    past.push({ revision: await agree(built, world, [...askers, both], `${when}: ${told}`), world })
  }
  await agreeNow('at first')
  for (const [step, change] of stream.entries()) {
    if (change.type === 'document' && !lastOf.has(change.document)) lastOf.set(change.document, world)
    world = changed(world, change)
    await apply(built, world, change)
    await agreeNow(`after change ${step}`)
    if (change.type !== 'document' && change.type !== 'own') continue
    // What retrieval does when it hears of it: the passages as they are now, with texts made for the labels of now.
    const { document } = change
    const passages = change.type === 'document' ? change.facts.passages : (world.documents[document]?.passages ?? [])
    world = withPassages(world, { document, passages })
    await putPassages(built, world, document)
    await agreeNow(`after change ${step}, passages put`)
  }
  await agreeOnQuestions(built, world, askers, told)
  await agreeOnAnswers(built, world, { answers, lastOf }, [...askers, inCompany(askers, past.length)], told)
  const now = past.at(-1)?.revision ?? 0
  const before = past.filter(({ revision }) => revision < now)
  await agreeOnPast(built, before, askers, told)
}

/** Each time somebody else asks, and the next one hears it. */
function inCompany(askers: readonly Asker[], time: number): Asker {
  const [asker, next] = [askers[time % askers.length], askers[(time + 1) % askers.length]]
  if (!asker || !next) throw new Error('There are readers')
  return { ...asker, audience: [next.reader] }
}
