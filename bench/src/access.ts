import type { TestScope } from '@tessera/testkit/test-scope'
import { growWorld, insertCopies, sampleDocuments } from './access/grow-world.ts'
import { importLines, publishPolicies, settle } from './access/import-world.ts'
import { type Checked, measureCheck } from './access/measure-check.ts'
import { type FilterFigures, measureExplain, measureFilter } from './access/measure-questions.ts'
import { measureRevocation } from './access/measure-revocation.ts'
import { type CheckQuestion, makeQuestions } from './access/questions.ts'
import { checkTables, millionTable, resultTables } from './access/results.ts'
import { type Servers, startServers } from './access/servers.ts'
import { type Line, makeWorld, type World } from './access/world.ts'
import { bareNats } from './bare-nats.ts'
import { timed } from './figures.ts'

/** What is measured of a world, whatever its size. */
export type WorldFigures = {
  documents: number
  check: Checked
  filter: FilterFigures
  explain: number[]
  importMs: number
  imported: number
}

type Options = { quick: boolean; million: boolean; checks: boolean }
type Sizes = { documents: number; grown: number; checks: number; rounds: number; asks: number; trials: number }

const full: Sizes = { documents: 20_000, grown: 1_000_000, checks: 500, rounds: 5, asks: 200, trials: 10_000 }
const small: Sizes = { documents: 2_000, grown: 20_000, checks: 150, rounds: 2, asks: 40, trials: 200 }

/**
 * Checks, filters, explanations, an import and revocations over a world of 1,000 users and 200 nested groups, each beside its floor in the same run. Times go to the
 * result, progress to stderr.
 */
export async function benchAccess(t: TestScope, { quick, million, checks }: Options): Promise<string> {
  const sizes = quick ? small : full
  const servers = await startServers(t)
  const world = makeWorld({
    ...{ issuer: servers.issuer, users: 1000, documents: sizes.documents, withManyGroups: million },
  })
  progress('importing')
  await importLines(servers, world.places)
  const importMs = await importLines(servers, world.content)
  const floorMs = await insertCopies(servers, world)
  await publishPolicies(servers, world)
  await settle(servers)
  const questions = makeQuestions(world, 500)
  if (checks) return checkTables(await measureChecks(servers, sizes, { questions, widths: [1, 16, 64] }))
  const figures = await measureWorld(servers, world, { sizes, questions, importMs })
  const together = await measureChecks(servers, sizes, { questions, widths: [16, 64] })
  const nats = await measureNats(t, sizes.asks)
  progress('revoking')
  const revocation = await measureRevocation(servers, world, { trials: sizes.trials, progress })
  const tables = resultTables({ figures, together, nats, floorMs, revocation })
  return million ? `${tables}\n\n${await measureMillion(servers, world, { sizes, before: figures })}` : tables
}

async function measureChecks(
  servers: Servers,
  { checks, rounds }: Sizes,
  { questions, widths }: { questions: CheckQuestion[]; widths: readonly number[] },
): Promise<({ width: number } & Checked)[]> {
  const figures = []
  for (const width of widths) {
    progress(`checking ${width} at once`)
    const options = { width, count: checks, rounds: width === 1 ? rounds : Math.ceil(rounds / 2) }
    figures.push({ width, ...(await measureCheck(servers, questions, options)) })
  }
  return figures
}

async function measureWorld(
  servers: Servers,
  world: World,
  { sizes, questions, importMs }: { sizes: Sizes; questions: CheckQuestion[]; importMs: number },
): Promise<WorldFigures> {
  const [check] = await measureChecks(servers, sizes, { questions, widths: [1] })
  if (!check) throw new Error('Nothing was checked')
  progress('filters and explanations')
  const readers = world.users.slice(1, 51)
  const filter = await measureFilter(servers, world, { readers, count: sizes.asks, publishes: 10 })
  const explain = await measureExplain(servers, questions, sizes.asks)
  return { documents: sizes.documents, check, filter, explain, importMs, imported: world.content.length }
}

async function measureNats(t: TestScope, count: number): Promise<number[]> {
  const request = await bareNats(t)
  const sample: number[] = []
  for (let index = 0; index < count; index++) sample.push((await timed(request)).ms)
  return sample
}

/** The same at a million documents, with an import of as many again as the small world had, and for the reader in 500 groups. */
async function measureMillion(
  servers: Servers,
  world: World,
  { sizes, before }: { sizes: Sizes; before: WorldFigures },
): Promise<string> {
  progress(`growing to ${sizes.grown.toLocaleString('en')} documents`)
  await growWorld(servers, world, sizes.grown, progress)
  progress('importing')
  const again: Line[] = makeWorld({
    ...{ issuer: servers.issuer, users: 1000, documents: sizes.documents, withManyGroups: true },
  }).content.map((line, index) => ({
    ...line,
    ...{ dataSourceId: world.dataSources[index % 10] ?? '', allow: world.content[index]?.allow ?? [] },
    deny: world.content[index]?.deny ?? [],
  }))
  const importMs = await importLines(servers, again)
  const grown = { ...world, documents: await sampleDocuments(servers, 5000) }
  const after = await measureWorld(servers, grown, { sizes, questions: makeQuestions(grown, 500), importMs })
  progress('the reader in 500 groups')
  const [reader = ''] = world.users
  const one = { ...grown, users: [reader] }
  const questions = makeQuestions(one, 100)
  const check = await measureCheck(servers, questions, { width: 1, count: sizes.checks, rounds: 2 })
  const filter = await measureFilter(servers, one, { readers: [reader], count: sizes.asks, publishes: 5 })
  const explain = await measureExplain(servers, questions, sizes.asks)
  return millionTable(before, { ...after, documents: sizes.grown }, { check, filter, explain })
}

/** A full run takes minutes: who waits sees how far it is. */
const progress = (text: string) => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`)
