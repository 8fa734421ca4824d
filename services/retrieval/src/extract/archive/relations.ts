import { posix } from 'node:path'
import { elements, xmlTree } from './read-xml.ts'

/** What a part of an office file names by id (`rId1`), as the paths of other parts. What lies outside the file leads nowhere. */
export function relationsOf(
  parts: ReadonlyMap<string, Uint8Array>,
  part: string,
): { id: string; type: string; target: string }[] {
  const { dir, base } = posix.parse(part)
  const relations = parts.get(posix.join(dir, '_rels', `${base}.rels`))
  if (!relations) return []
  return elements(elements(xmlTree(relations))[0], 'Relationship').flatMap(({ attributes }) => {
    const { Id: id = '', Type: type = '', Target: target = '', TargetMode: mode } = attributes
    if (mode === 'External') return []
    const path = target.startsWith('/') ? target.slice(1) : posix.join(dir, target)
    return [{ id, type: type.slice(type.lastIndexOf('/') + 1), target: path }]
  })
}
