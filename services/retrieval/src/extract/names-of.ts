import { oneLine } from './block.ts'
import { canonicalText } from './unreadable.ts'

/** What the contract takes of authors. */
const most = { names: 50, characters: 300 }

/** Names as the registry can keep them, each once. */
export function namesOf(found: readonly string[]): string[] {
  const names = found.map((name) => oneLine(canonicalText(name.toWellFormed().replaceAll('\0', ''))))
  return [...new Set(names)].filter(({ length }) => length > 0 && length <= most.characters).slice(0, most.names)
}
