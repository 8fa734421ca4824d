import type { Citation } from '@tessera/shared/contracts/agents'

/** A passage that the model was given, under the number that it was told to cite it by. */
export type CitablePassage = Pick<Citation, 'marker' | 'passageId' | 'documentId' | 'title' | 'url' | 'view'>

export type CitedPiece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'citation'; readonly citation: Citation }

/** `[3]`, or `[1, 3]`, with the blanks before it. Bounded, because an unfinished one is held back. */
const marker = /[ \t]{0,20}\[(\d{1,3}(?:[ \t]{0,3}[,;][ \t]{0,3}\d{1,3}){0,15})\]/
/** The end of the text at hand could still become a marker. */
const undecided = /[ \t]{0,20}(?:\[[\d,; \t]{0,200})?$/
/** After a dropped marker the blanks before it go as well if the sentence ends or pauses here. */
const pause = /^[.,;!?)]*(?:\s|$)/
const maxPause = 50

/**
 * Turns the markers in an answer into citations of the passages that the model was given. Markers of anything else are dropped, and leave a blank
 * where two characters would meet that stood apart. Positions count UTF-16 code units of the text that comes out.
 */
export function createCiter(passages: readonly CitablePassage[]) {
  const known = new Map(passages.map((passage) => [passage.marker, passage]))
  let held = ''
  let length = 0
  let last = ''
  let pieces: CitedPiece[] = []

  const write = (text: string) => {
    if (text === '') return
    const piece = pieces.at(-1)
    if (piece?.kind === 'text') pieces[pieces.length - 1] = { kind: 'text', text: piece.text + text }
    else pieces.push({ kind: 'text', text })
    length += text.length
    last = text.at(-1) ?? last
  }

  const cite = (passage: CitablePassage) => {
    const start = length
    write(passage.marker)
    pieces.push({ kind: 'citation', citation: { ...passage, start, end: length } })
  }

  /** Takes the first marker; false when what follows must be known first. */
  const takeMarker = (match: RegExpExecArray, atEnd: boolean): boolean => {
    const [whole, numbers = ''] = match
    const cited = numbers.split(/[,;]/).flatMap((number) => known.get(`[${number.trim()}]`) ?? [])
    const after = held.slice(match.index + whole.length)
    if (cited.length === 0 && !atEnd && /^[.,;!?)]*$/.test(after) && after.length < maxPause) return false
    write(held.slice(0, match.index))
    const blanks = /^[ \t]*/.exec(whole)?.[0] ?? ''
    if (cited.length > 0) {
      write(blanks)
      cited.forEach(cite)
    } else if (!pause.test(after.slice(0, maxPause))) {
      write(blanks === '' && last !== '' && !/\s/.test(last) ? ' ' : blanks)
    }
    held = after
    return true
  }

  const run = (atEnd: boolean): CitedPiece[] => {
    pieces = []
    for (let match = marker.exec(held); match; match = marker.exec(held)) {
      if (!takeMarker(match, atEnd)) {
        write(held.slice(0, match.index))
        held = held.slice(match.index)
        return pieces
      }
    }
    const certain = atEnd ? held.length : (undecided.exec(held)?.index ?? held.length)
    write(held.slice(0, certain))
    held = held.slice(certain)
    return pieces
  }

  return {
    push(text: string): CitedPiece[] {
      held += text
      return run(false)
    },
    end: () => run(true),
    /** How much text has come out so far. */
    length: () => length,
  }
}
