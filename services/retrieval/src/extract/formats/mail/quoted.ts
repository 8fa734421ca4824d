import type { Block } from '../../block.ts'

/** What begins the history that mail programs put below an answer, in English, German, French and Spanish. */
const introductions = [
  /^On .{6,200} wrote:$/i,
  /^Am .{6,200} schrieb .{0,200}:$/i,
  /^Le .{6,200} a écrit\s?:$/i,
  /^El .{6,200} escribió:$/i,
  /^-{2,} ?(Original Message|Ursprüngliche Nachricht|Message d'origine|Mensaje original|Forwarded message|Weitergeleitete Nachricht) ?-{2,}/i,
  /^_{0,40}\s*(From|Von|De)\s?: .{1,300}\n(?:.{0,300}\n){0,2}(Sent|Date|Gesendet|Datum|Envoyé|Enviado)\s?: /i,
]
const signature = /^--\s?(\n|$)/

/** Whether it only says that a quotation follows. */
export const introduces = ({ text }: Block) => introductions.some((pattern) => pattern.test(text.trim()))

export type Parts = { readonly fresh: Block[]; readonly history: Block[]; readonly signature: Block[] }

/** Takes a mail apart: what its author wrote, what is quoted below or between, and the signature (RFC 3676, 4.3). */
export function takeApart(body: readonly Block[]): Parts {
  const parts: Parts = { fresh: [], history: [], signature: [] }
  let into = parts.fresh
  for (const block of body) {
    const text = block.text.trim()
    if (introduces(block)) into = parts.history
    else if (into === parts.fresh && signature.test(text)) into = parts.signature
    if (block.kind === 'quote' && into === parts.fresh) parts.history.push(block)
    else into.push(block)
  }
  return parts
}

const shingleWords = 5
/** How much of a text has to have been told for it to say nothing new. */
const toldShare = 0.9

/** Remembers what was told, by runs of words, so that other line ends, quoting marks or a changed word make no other text of it. */
export function createTold() {
  const told = new Set<string>()
  const tell = (blocks: readonly Block[]) => {
    for (const { text } of blocks) for (const shingle of shinglesOf(text)) told.add(shingle)
  }
  return {
    tell,
    /** Blocks that say something new, which is told from then on. */
    untold(blocks: readonly Block[]): Block[] {
      return blocks.filter((block) => {
        const shingles = shinglesOf(block.text)
        const isNew = shingles.filter((shingle) => told.has(shingle)).length < shingles.length * toldShare
        if (isNew) tell([block])
        return isNew
      })
    },
  }
}

function shinglesOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  if (words.length <= shingleWords) return words.length === 0 ? [] : [words.join(' ')]
  return words.slice(0, 1 - shingleWords).map((_, at) => words.slice(at, at + shingleWords).join(' '))
}
