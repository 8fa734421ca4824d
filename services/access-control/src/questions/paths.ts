import { type Kysely, sql } from 'kysely'
import { type AsOf, holds } from '../check/as-of.ts'
import { coveringNames } from '../check/covering.ts'
import type { LoadedReader } from '../check/loaded-facts.ts'
import type { AccessTables } from '../database.ts'

/** How a reader comes to be covered by a name: reader first, the name last; undefined where it does not cover them. */
export type PathOf = (reader: LoadedReader, name: string) => string[] | undefined

type Edge = { readonly member: string; readonly container: string }

/**
 * The shortest paths from these readers to whatever covers them, of paths of the same length the first by name. One statement reads each membership that the
 * walk upwards meets once, for all readers together; the paths are then found from their end, so that readers share the search.
 */
export async function loadPaths(
  db: Kysely<AccessTables>,
  workspaceId: string,
  readers: readonly string[],
  asOf: AsOf,
): Promise<PathOf> {
  if (readers.length === 0) return () => undefined
  const { rows } = await sql<{ identities: Edge[] | null; memberships: Edge[] | null }>`
    with recursive ${coveringNames(workspaceId, readers, asOf)}
    select
      (select json_agg(json_build_object('member', l.user_name, 'container', l.identity)) from identity_links l
        where l.workspace_id = ${workspaceId} and l.user_name = any(${[...readers]}::text[]) and ${holds('l', asOf)}) as identities,
      (select json_agg(json_build_object('member', m.member, 'container', m.container) order by m.member)
        from (select distinct name from covering) c cross join lateral (
          select m.member, m.container from memberships m
          where m.workspace_id = ${workspaceId} and m.member = c.name and ${holds('m', asOf)}
          offset 0
        ) m) as memberships`.execute(db)
  const identities = Map.groupBy(rows[0]?.identities ?? [], ({ member }) => member)
  const membersOf = Map.groupBy(rows[0]?.memberships ?? [], ({ container }) => container)
  const searches = new Map<string, Search>()
  return (reader, name) => {
    const search = searches.get(name) ?? towards(name, membersOf)
    searches.set(name, search)
    const own = identities.get(reader.name) ?? []
    return shortest(search, reader.name, [...startsOf(reader), ...own.map(({ container }) => container).toSorted()])
  }
}

/** For each name below the target: the next one on the way up, and how many steps are left. */
type Search = ReadonlyMap<string, { readonly next: string | undefined; readonly steps: number }>

function towards(target: string, membersOf: ReadonlyMap<string, readonly Edge[]>): Search {
  const search = new Map<string, { next: string | undefined; steps: number }>([[target, { next: undefined, steps: 0 }]])
  // A map is walked in the order of insertion, what is added on the way included: breadth first.
  for (const [name, { steps }] of search) {
    for (const { member } of membersOf.get(name) ?? []) {
      if (!search.has(member)) search.set(member, { next: name, steps: steps + 1 })
    }
  }
  return search
}

/** The names that cover a reader without a membership, besides identities. */
const startsOf = ({ kind, guest }: LoadedReader) => [
  'public',
  ...(kind === 'user' && !guest ? ['workspace:members'] : []),
]

function shortest(search: Search, reader: string, starts: readonly string[]): string[] | undefined {
  const ways = [
    ...(search.has(reader) ? [{ from: reader, first: [] as string[], steps: search.get(reader)?.steps ?? 0 }] : []),
    ...starts.flatMap((from) => {
      const found = search.get(from)
      return found ? [{ from, first: [reader], steps: found.steps + 1 }] : []
    }),
  ]
  const [best] = ways.toSorted((left, right) => left.steps - right.steps)
  if (!best) return undefined
  const path = [...best.first]
  for (let at: string | undefined = best.from; at !== undefined; at = search.get(at)?.next) path.push(at)
  return path
}
