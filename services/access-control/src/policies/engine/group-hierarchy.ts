export type GivenGroup = { readonly name: string; readonly parents: readonly string[] }

/** All groups above these ones, themselves included. A group that is not given has no parents. */
export function groupsAbove(names: readonly string[], groups: readonly GivenGroup[]): string[] {
  const parents = parentsOf(groups)
  const found = new Set(names)
  for (const name of found) for (const parent of parents.get(name) ?? []) found.add(parent)
  return [...found]
}

/** The names along a cycle, its first again at the end: entities of a policy form no cycles, as a workspace's groups may. */
export function cycleIn(groups: readonly GivenGroup[]): string[] | undefined {
  const parents = parentsOf(groups)
  const done = new Set<string>()
  for (const { name } of groups) {
    const cycle = cycleFrom(name, parents, done)
    if (cycle) return cycle
  }
  return undefined
}

/** Walks upwards with a stack of its own, since a test may give a long chain. */
function cycleFrom(start: string, parents: ReadonlyMap<string, readonly string[]>, done: Set<string>) {
  const path = new Set<string>()
  const open = [{ name: start, left: false }]
  for (let step = open.pop(); step; step = open.pop()) {
    const { name, left } = step
    if (left) {
      path.delete(name)
      done.add(name)
    } else if (path.has(name)) {
      const names = [...path]
      return [...names.slice(names.indexOf(name)), name]
    } else if (!done.has(name)) {
      path.add(name)
      open.push({ name, left: true }, ...(parents.get(name) ?? []).map((parent) => ({ name: parent, left: false })))
    }
  }
  return undefined
}

function parentsOf(groups: readonly GivenGroup[]): Map<string, readonly string[]> {
  const parents = new Map<string, readonly string[]>()
  for (const { name, parents: own } of groups) parents.set(name, [...(parents.get(name) ?? []), ...own])
  return parents
}
