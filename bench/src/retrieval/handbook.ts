import { readFileSync } from 'node:fs'
import { table } from '../figures.ts'
import type { BenchInstallation } from '../installation.ts'

type Question = { readonly question: string; readonly pages: readonly string[] }

const ours = new URL('handbook-questions.json', import.meta.url)
const ofTheSample = new URL('../../../samples/handbook/questions.json', import.meta.url)
const read = (file: URL) => JSON.parse(readFileSync(file, 'utf8')) as never

/** How often the page that answers a question is among the first five that are found. The sixty questions were written before anything was tuned, and never tuned on. */
export async function measureHandbook(at: BenchInstallation, name: string): Promise<string> {
  const sets: [string, Question[]][] = [
    ['60 questions, written before tuning', read(ours)],
    [
      '76 questions of the sample (weights of title and headings were chosen by them)',
      (read(ofTheSample) as { questions: Question[] }).questions,
    ],
  ]
  const rows: (string | number)[][] = []
  const missed: string[] = []
  for (const strictRanking of [false, true]) {
    await at.request('PATCH', '/v1/workspace', { strictRanking })
    for (const [name, questions] of sets) {
      const ranks: number[] = []
      for (const { question, pages } of questions) {
        const rank = await rankOf(at, question, pages)
        ranks.push(rank)
        if (!strictRanking && rank > 5 && name.startsWith('60'))
          missed.push(`${rank === Infinity ? '> 50' : rank}: ${question}`)
      }
      const share = (at: number) => (ranks.filter((rank) => rank <= at).length / ranks.length).toFixed(3)
      const reciprocal = ranks.reduce((sum, rank) => sum + 1 / rank, 0) / ranks.length
      rows.push([`${name}${strictRanking ? ', strict' : ''}`, share(1), share(5), share(10), reciprocal.toFixed(3)])
    }
  }
  await at.request('PATCH', '/v1/workspace', { strictRanking: false })
  return [
    table([name, 'hit@1', 'hit@5', 'hit@10', 'mean reciprocal rank'], rows),
    ...(missed.length === 0
      ? []
      : [`Not among the first five (rank: question):\n\n${missed.map((one) => `- ${one}`).join('\n')}`]),
  ].join('\n\n')
}

async function rankOf(at: BenchInstallation, query: string, wanted: readonly string[]): Promise<number> {
  const { passages } = await at.request<{ passages: { externalId?: string }[] }>('POST', '/v1/search', {
    query,
    ...{ limit: 50, grouped: true, perDocument: 1 },
  })
  const found = passages.findIndex(({ externalId }) => wanted.includes(externalId ?? ''))
  return found === -1 ? Infinity : found + 1
}
