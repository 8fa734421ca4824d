import type { Change } from '../changes/writer.ts'
import type { LineError, LineOf, LineType, Numbered } from './read-lines.ts'

/** A batch of an import within its transaction. */
export type Batch = {
  readonly change: Change
  /** The lines of one type, in order; where several state the same thing (by its key), the last one. */
  readonly of: <T extends LineType>(type: T, key: (line: LineOf<T>) => string) => Numbered<T>[]
  /** A line breaks a rule: nothing of the batch will stand. */
  readonly refuse: (number: number, field: string, rule: string) => void
  readonly isRefused: (number: number) => boolean
  /** What lines of the batch define, broken ones as well: whoever refers to that is not to blame. */
  readonly names: ReadonlySet<string>
  /** A line changed something. */
  readonly wrote: (number: number) => void
}

type ByType = { readonly [T in LineType]?: readonly Numbered<T>[] }

export function createBatch(change: Change, lines: readonly Numbered[]) {
  const errors: LineError[] = []
  const written = new Set<number>()
  const byType = Object.groupBy(lines, ({ line }) => line.type) as ByType
  const batch: Batch = {
    change,
    of: <T extends LineType>(type: T, key: (line: LineOf<T>) => string) => {
      const own: readonly Numbered<T>[] = byType[type] ?? []
      return [...new Map(own.map((numbered) => [key(numbered.line), numbered])).values()]
    },
    refuse: (number, field, rule) => errors.push({ number, field, rule }),
    isRefused: (number) => errors.some((error) => error.number === number),
    names: new Set(lines.flatMap(({ line }) => ('name' in line ? [line.name] : []))),
    wrote: (number) => written.add(number),
  }
  return { batch, errors, written }
}
