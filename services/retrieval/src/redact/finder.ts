import type { Mark } from '@tessera/shared/contracts/retrieval'
import { canonicalText } from '../extract/unreadable.ts'
import { findQuote, pathHolds, type Text } from './find-quote.ts'

export type Stretch = readonly [start: number, end: number]

/** Finds what one label marks in a text. */
export type Finder = {
  readonly label: string
  readonly kind: string
  /** Who says so: the source by a mark, or a redaction rule. */
  readonly layer: 'source' | 'detector'
  /** `above` are title and headings that the text stands under. Yields `undefined` where nothing was found but others may have their turn. */
  find(text: Text, above: string): Iterable<Stretch | undefined>
  /** A path, file name or address is left out as a whole, so it only matters whether. */
  isInPath(path: string): boolean
}

export function quoteFinder({ label, kind = label }: Pick<Mark, 'label' | 'kind'>, quoted: string): Finder {
  const quote = canonicalText(quoted)
  return {
    label,
    kind,
    layer: 'source',
    find: (text) => findQuote(quote, text),
    isInPath: (path) => pathHolds(quote, path),
  }
}
