import { median, percentile, table, timed } from '../figures.ts'
import type { BenchInstallation } from '../installation.ts'
import { loadPages, type Page, untilIndexed } from './load.ts'
import { type Players, value } from './players.ts'
import { handbookQuestions } from './queries.ts'

const limit = 10
/** A word of hidden pages alone, and one of none. */
const [secret, unknown] = ['xylographer', 'zymographer']

/** What pages that a reader may not see change for them: places by default and in strict ranking, and the time of a question. */
export async function measureHidden(
  at: BenchInstallation,
  players: Players,
  { reader, pages, rounds }: { reader: string; pages: readonly Page[]; rounds: number },
): Promise<string> {
  const ask = async (query: string) => value(await players.retrieval.search({ query, limit }, players.callFor(reader)))
  const seen = async () => {
    const lists = []
    for (const query of handbookQuestions(60)) lists.push((await ask(query)).passages.map(({ passageId }) => passageId))
    return lists
  }
  const strictly = (strictRanking: boolean) => at.request('PATCH', '/v1/workspace', { strictRanking })
  const before = { usual: await seen(), strict: await strictly(true).then(seen) }
  await strictly(false)
  const hidden = pages.map(({ externalId, text }) => ({
    ...{ externalId: `hidden/${externalId}`, allow: ['group:grp_nobody'] },
    text: `${text}\n\nThe ${secret} decides.\n`,
  }))
  await loadPages(at, hidden)
  await untilIndexed(at)
  const after = { usual: await seen(), strict: await strictly(true).then(seen) }
  await strictly(false)

  const times = { hidden: [] as number[], none: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    times.hidden.push((await timed(() => ask(`who is the ${secret}`))).ms)
    times.none.push((await timed(() => ask(`who is the ${unknown}`))).ms)
  }
  const moved = (a: readonly string[][], b: readonly string[][]) => {
    const lists = a.map((list, at) => ({ old: list, now: b[at] ?? [] }))
    const same = (depth: number) =>
      lists.filter(({ old, now }) => old.slice(0, depth).join() === now.slice(0, depth).join()).length
    const kept = lists.reduce((sum, { old, now }) => sum + old.filter((id) => now.includes(id)).length, 0)
    const all = lists.reduce((sum, { old }) => sum + old.length, 0)
    return [`${same(1)} of ${lists.length}`, `${same(limit)} of ${lists.length}`, `${kept} of ${all}`]
  }
  const shown = (sample: readonly number[]) => [median(sample), percentile(sample, 0.9), percentile(sample, 0.99)]
  return [
    table(
      [
        `${hidden.length} hidden copies of readable pages came`,
        'first place the same',
        'ten places the same',
        'still among the ten',
      ],
      [
        ['by default', ...moved(before.usual, after.usual)],
        ['strict', ...moved(before.strict, after.strict)],
      ],
    ),
    table(
      ['milliseconds through NATS', 'p50', 'p90', 'p99'],
      [
        [`a word that ${hidden.length} hidden pages have`, ...shown(times.hidden)],
        ['a word that no page has', ...shown(times.none)],
      ],
    ),
  ].join('\n\n')
}
