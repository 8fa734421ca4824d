import { isDeepStrictEqual } from 'node:util'
import type { Call } from '@tessera/shared/bus/call'
import type { ReaderFilter } from '@tessera/shared/contracts/access-control/decisions'

/** Names in all filters together: some megabytes. */
const maxNames = 100_000

/**
 * What access-control last answered each reader. That is never enough to find with: it is what a search begins with while access-control is asked again, and only if the
 * answer is the same does what was found count. So how exactly `who` is told apart here decides nothing but how often that is in vain.
 */
export function createRememberedFilters() {
  const known = new Map<string, ReaderFilter>()
  let names = 0
  const forget = (key: string) => {
    names -= sizeOf(known.get(key))
    known.delete(key)
  }
  return {
    of: ({ caller }: Call, how: object): ReaderFilter | undefined => known.get(keyOf(caller, how)),
    remember({ caller }: Call, how: object, filter: ReaderFilter): void {
      const key = keyOf(caller, how)
      forget(key)
      known.set(key, filter)
      names += sizeOf(filter)
      for (const oldest of known.keys()) {
        if (names <= maxNames) return
        forget(oldest)
      }
    },
  }
}

const keyOf = ({ workspaceId, subject, actors, purpose }: Call['caller'], how: object) =>
  JSON.stringify([workspaceId, subject, actors, purpose, how])

const sizeOf = (filter: ReaderFilter | undefined) =>
  filter ? 1 + filter.names.reduce((sum, list) => sum + list.length, filter.exceptDocumentIds.length) : 0

/** Whether both let the same rows pass. At another revision, that may well be so. */
export const isSameFilter = (one: ReaderFilter, other: ReaderFilter): boolean =>
  isDeepStrictEqual({ ...one, revision: 0 }, { ...other, revision: 0 })
