import { GarbageError } from './failure.ts'

/** The protocols allow any order and number the entries; servers that don't number them keep the order of the texts. */
export function inOrder<T extends { readonly index?: number | undefined }>(data: readonly T[]): T[] {
  const ordered = data.map((entry, position) => ({ ...entry, index: entry.index ?? position }))
  ordered.sort((a, b) => a.index - b.index)
  if (ordered.some(({ index }, position) => index !== position)) {
    throw new GarbageError('The embeddings are not numbered one by one')
  }
  return ordered
}

/** Everything that a caller relies on: as many vectors as texts, all of one length, all finite. */
export function requireOneEach(vectors: readonly (readonly number[])[], count: number): void {
  if (vectors.length !== count) throw new GarbageError('There are not as many embeddings as texts')
  const dimensions = vectors[0]?.length ?? 0
  if (dimensions === 0 || vectors.some((vector) => vector.length !== dimensions)) {
    throw new GarbageError('The embeddings have no common length')
  }
  if (!vectors.every((vector) => vector.every(Number.isFinite))) throw new GarbageError('An embedding is not finite')
}
