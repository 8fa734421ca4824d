import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A collection of documents and questions, with judgments which document answers which question. */
export type Collection = {
  readonly documents: readonly { readonly id: string; readonly title: string; readonly text: string }[]
  readonly queries: readonly { readonly id: string; readonly text: string }[]
  /** By query: the documents that answer it. Queries without any are left out of every mean. */
  readonly relevant: ReadonlyMap<string, ReadonlySet<string>>
}

const lines = (file: string) => readFileSync(file, 'utf8').trim().split('\n')
const jsonLines = (file: string) => lines(file).map((line) => JSON.parse(line) as never)

/** Undefined where there is none: the collection may not be redistributed. */
export function readCollection(folder: string): Collection | undefined {
  if (!existsSync(join(folder, 'qrels.tsv'))) return undefined
  const relevant = new Map<string, Set<string>>()
  for (const line of lines(join(folder, 'qrels.tsv')).slice(1)) {
    const [query = '', document = '', score] = line.split('\t')
    if (Number(score) > 0) relevant.set(query, (relevant.get(query) ?? new Set()).add(document))
  }
  return {
    documents: jsonLines(join(folder, 'corpus.jsonl')),
    queries: jsonLines(join(folder, 'queries.jsonl')),
    relevant,
  }
}

/** By query: ids of documents, best first. */
export type Run = ReadonlyMap<string, readonly string[]>
export type Part = 'odd' | 'even' | 'all'

const isIn = (part: Part, id: string) => part === 'all' || (Number(id) % 2 === 1) === (part === 'odd')

/** nDCG@10 of each judged query with binary gains (Järvelin and Kekäläinen, 2002). */
export function ndcgAt10({ queries, relevant }: Collection, run: Run, part: Part): number[] {
  return queries.flatMap(({ id }) => {
    const wanted = relevant.get(id)
    if (!wanted || !isIn(part, id)) return []
    const gain = (rank: number) => 1 / Math.log2(rank + 2)
    const got = (run.get(id) ?? []).slice(0, 10).reduce((sum, one, at) => sum + (wanted.has(one) ? gain(at) : 0), 0)
    const best = Array.from({ length: Math.min(10, wanted.size) }, (_, at) => gain(at)).reduce((a, b) => a + b, 0)
    return [got / best]
  })
}

export const mean = (sample: readonly number[]) => sample.reduce((sum, one) => sum + one, 0) / sample.length
