import leven from 'leven'

const MAX_NAMES = 3

/** Up to three of these that somebody who wrote `name` may have meant. With or without the provider in front. */
export function nearestNames(name: string, names: readonly string[]): string[] {
  const wanted = name.toLowerCase().slice(0, 200)
  const distanceTo = (candidate: string) =>
    Math.min(leven(wanted, candidate), leven(afterSlash(wanted), afterSlash(candidate)))
  return names
    .map((candidate) => ({ candidate, distance: distanceTo(candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(3, wanted.length / 2))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, MAX_NAMES)
    .map(({ candidate }) => candidate)
}

const afterSlash = (name: string) => name.slice(name.indexOf('/') + 1)
