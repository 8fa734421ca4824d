import { timed } from '../figures.ts'
import { publishPolicies } from './import-world.ts'
import type { CheckQuestion } from './questions.ts'
import { createRandom } from './random.ts'
import { type Servers, value } from './servers.ts'
import type { World } from './world.ts'

export type FilterFigures = {
  unchanged: number[]
  afterMembership: number[]
  afterPolicies: number[]
  publish: number[]
}

/** The filter of readers: asked again, asked after one of their memberships changed, and asked after policies were published. Milliseconds. */
export async function measureFilter(
  servers: Servers,
  world: World,
  { readers, count, publishes }: { readers: readonly string[]; count: number; publishes: number },
): Promise<FilterFigures> {
  const { access, retrieval, callFor, asAdmin } = servers
  const random = createRandom(11)
  const ask = async (reader: string) =>
    (await timed(async () => value(await retrieval.readerFilter({}, callFor(reader))))).ms
  const figures: FilterFigures = { unchanged: [], afterMembership: [], afterPolicies: [], publish: [] }
  for (const reader of readers) await ask(reader)
  for (let index = 0; index < count; index++) figures.unchanged.push(await ask(random.pick(readers)))
  for (let index = 0; index < count / 4; index++) {
    const reader = random.pick(readers)
    const membership = { container: random.pick(world.groups), member: reader }
    value(await access.addMembership(membership, asAdmin()))
    figures.afterMembership.push(await ask(reader))
    value(await access.removeMembership(membership, asAdmin()))
    figures.afterMembership.push(await ask(reader))
  }
  for (let index = 0; index < publishes; index++) {
    figures.publish.push(await publishPolicies(servers, world, `${performance.now()}`))
    figures.afterPolicies.push(await ask(random.pick(readers)))
  }
  return figures
}

/** Explanations of whether readers may have a passage, as an admin gets them. Milliseconds. */
export async function measureExplain(
  { access, asAdmin }: Servers,
  questions: readonly CheckQuestion[],
  count: number,
): Promise<number[]> {
  const sample: number[] = []
  for (let index = 0; index < count; index++) {
    const { reader = '', candidates: [candidate] = [] } = questions[index % questions.length] ?? {}
    if (!candidate) continue
    const { documentId, passageId } = candidate
    const question = { reader, documentId, passageId }
    sample.push((await timed(async () => value(await access.explain({ question }, asAdmin())))).ms)
  }
  return sample
}
