import type { BreakGlass } from '../decide/facts.ts'
import { Lru } from '../lru.ts'
import type { FactsQuestion } from './load-facts.ts'
import type { Facts, LoadedReader } from './loaded-facts.ts'

/** Of at most five hundred names each. */
const READERS = 2_000

type Asked = Pick<FactsQuestion, 'workspaceId' | 'readers' | 'actors'>

/** Readers with who acts for them. The revision that they stand since is part of their key, so that those of an older one are left behind. */
export function rememberReaders() {
  const readers = new Lru<LoadedReader>(READERS)
  const keyOf = ({ workspaceId, actors }: Asked, readerRevision: number, name: string) =>
    [workspaceId, readerRevision, name, ...actors].join(' ')
  return {
    remember(question: Asked, facts: Facts): void {
      for (const [name, reader] of facts.readers) {
        if (reader.whole) readers.set(keyOf(question, facts.readerRevision, name), reader)
      }
    },
    /** All of them as they stand since that revision, or undefined; with the emergencies that ran when they were read. */
    recall(question: Asked, readerRevision: number): LoadedReader[] | undefined {
      const known = question.readers.map((name) => readers.get(keyOf(question, readerRevision, name)))
      return known.every((reader) => reader !== undefined) ? known : undefined
    },
    clear: () => readers.clear(),
  }
}

/** Readers with the emergencies that run now. */
export const inEmergency = (
  readers: readonly LoadedReader[],
  breakGlass: ReadonlyMap<string, readonly BreakGlass[]>,
): ReadonlyMap<string, LoadedReader> =>
  new Map(
    readers.map((reader) => {
      const running = breakGlass.get(reader.name) ?? []
      const calm = running.length === 0 && reader.breakGlass.length === 0
      return [reader.name, calm ? reader : { ...reader, breakGlass: running }]
    }),
  )
