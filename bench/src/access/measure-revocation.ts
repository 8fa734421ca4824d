import { newId } from '@tessera/shared/ids/ids'
import { importLines } from './import-world.ts'
import { type Servers, value } from './servers.ts'
import type { Line, World } from './world.ts'

export type RevocationFigures = {
  /** Changes that were acknowledged and then asked about at once; half of them took the right away. */
  trials: number
  /** Answers older than a change that was acknowledged before they were asked for. */
  stale: number
  /** Answers of the readers in the background, each judged by the revision that it names. */
  watched: number
  /** From the acknowledgement of a revocation to the refusal, in milliseconds. */
  refusedAfter: number[]
  /** From sending a change to its acknowledgement, in milliseconds. */
  acknowledgedAfter: number[]
}

/** One way of giving and taking one reader's right to one passage. */
type Way = {
  reader: string
  documentId: string
  passageId: string
  contentVersion: string
  set(granted: boolean): Promise<number>
}

const PATTERN = 'a'.repeat(64)
const READERS_EACH = 2
const REPORT_EVERY = 1000

/**
 * Writers grant and revoke in turn, each in its own way, and ask at once after every acknowledgement, while other readers ask all the time. A right is known by revision, so an
 * answer is stale if it names a revision below one acknowledged before it was asked for, or does not say what stood at its revision.
 */
export async function measureRevocation(
  servers: Servers,
  world: World,
  { trials, progress }: { trials: number; progress: (text: string) => void },
): Promise<RevocationFigures> {
  const ways = await makeWays(servers, world)
  const figures: RevocationFigures = { trials: 0, stale: 0, watched: 0, refusedAfter: [], acknowledgedAfter: [] }
  const tried = () => {
    if (++figures.trials % REPORT_EVERY === 0) progress(`${figures.trials} trials`)
  }
  await Promise.all(
    ways.map((way) => tryWay(servers, way, { trials: Math.ceil(trials / ways.length), figures, tried })),
  )
  return figures
}

type Trying = { trials: number; figures: RevocationFigures; tried: () => void }

async function tryWay(servers: Servers, way: Way, { trials, figures, tried }: Trying): Promise<void> {
  const ask = () => check(servers, way)
  /** What stood from which revision on, as far as it was acknowledged; a change under way has no revision yet. */
  const history: { revision: number; granted: boolean }[] = [{ revision: await way.set(true), granted: true }]
  const ended = new AbortController()
  const watch = async () => {
    const answers: { asked: number; revision: number; allowed: boolean }[] = []
    while (!ended.signal.aborted) {
      const asked = history.at(-1)?.revision ?? 0
      answers.push({ asked, ...(await ask()) })
    }
    for (const { asked, revision, allowed } of answers) {
      figures.watched++
      const stood = history.findLast((one) => one.revision <= revision)?.granted
      if (revision < asked || allowed !== stood) figures.stale++
    }
  }
  const watching = Array.from({ length: READERS_EACH }, watch)
  try {
    for (let trial = 0; trial < trials; trial++) {
      const granted = trial % 2 === 1
      const start = performance.now()
      const revision = await way.set(granted)
      const acknowledged = performance.now()
      history.push({ revision, granted })
      const answer = await ask()
      if (!granted) figures.refusedAfter.push(performance.now() - acknowledged)
      figures.acknowledgedAfter.push(acknowledged - start)
      tried()
      if (answer.revision < revision || answer.allowed !== granted) figures.stale++
    }
  } finally {
    ended.abort()
    await Promise.all(watching)
  }
}

async function check({ retrieval, callFor }: Servers, { reader, documentId, passageId, contentVersion }: Way) {
  const candidates = [{ documentId, passageId, contentVersion, view: 'full' as const, hash: PATTERN }]
  const { revision, allowed } = value(
    await retrieval.checkPassages({ candidates, operation: 'search' }, callFor(reader)),
  )
  return { revision, allowed: allowed.length > 0 }
}

/** A membership, one six groups away, the list of the document, a clearance. */
async function makeWays(servers: Servers, world: World): Promise<Way[]> {
  const { access, asAdmin } = servers
  const chain = Array.from({ length: 6 }, () => `group:${newId('grp')}`)
  const [group = '', clearing = ''] = Array.from({ length: 2 }, () => `group:${newId('grp')}`)
  const [near = '', far = '', listed = '', cleared = ''] = world.users.slice(100).filter((_, index) => index % 20 === 0)
  const document = (allow: string[], labels: string[] = []) => ({
    ...{ type: 'document' as const, documentId: newId('doc'), contentVersion: newId('ver') },
    ...{ dataSourceId: world.dataSources[0] ?? '', allow, deny: [], gates: [], denyAgents: [], labels },
  })
  const documents = [
    document([group]),
    document([chain[0] ?? '']),
    document([listed]),
    document(['workspace:members'], ['revocable']),
  ] as const
  const lines: Line[] = [
    { type: 'label', label: 'revocable', title: 'Revocable', requires: ['revocable'], below: 'none', hidesTitle: true },
    ...[group, clearing, ...chain].map((name): Line => ({ type: 'group', name, title: 'Revocable' })),
    ...chain.slice(1).map((member, index): Line => ({ type: 'membership', container: chain[index] ?? '', member })),
    { type: 'membership', container: clearing, member: cleared },
    ...documents,
  ]
  await importLines(servers, lines)
  const membership = (container: string, member: string) => async (granted: boolean) => {
    const change = granted ? access.addMembership : access.removeMembership
    return value(await change({ container, member }, asAdmin())).revision
  }
  const rewrite = async (granted: boolean) => {
    const line = { ...documents[2], allow: granted ? [listed] : [] }
    return value(await access.importFacts({ lines: [{ number: 1, line }] }, asAdmin())).revision
  }
  const clear = async (granted: boolean) =>
    value(await access.setClearances({ principal: clearing, clearances: granted ? ['revocable'] : [] }, asAdmin()))
      .revision
  const way = (reader: string, { documentId, contentVersion }: (typeof documents)[number], set: Way['set']): Way => ({
    ...{ reader, documentId, contentVersion, passageId: newId('psg'), set },
  })
  return [
    way(near, documents[0], membership(group, near)),
    way(far, documents[1], membership(chain[5] ?? '', far)),
    way(listed, documents[2], rewrite),
    way(cleared, documents[3], clear),
  ]
}
