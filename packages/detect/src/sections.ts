export type Section = {
  readonly start: number
  readonly end: number
  /** What it stands under, outermost first, one on each line. */
  readonly above: string
}

const heading = /^(#{1,6}) (.*)$/gm
/** A longer one is a text that was marked up as a heading. */
const maxHeadingCharacters = 300

/** A text by its headings, as Markdown writes them. All of it stands under `above`, and what follows a heading under that one as well. */
export function sectionsOf(text: string, above: string): Section[] {
  const sections: Section[] = []
  let path: { level: number; shown: string }[] = []
  let start = 0
  const close = (end: number) => {
    const shown = path.map((one) => one.shown)
    if (end > start) sections.push({ start, end, above: [above, ...shown].join('\n') })
    start = end
  }
  for (const { 1: marks = '', 2: shown = '', index } of text.matchAll(heading)) {
    close(index)
    const isHeading = shown.length <= maxHeadingCharacters
    if (isHeading) path = [...path.filter(({ level }) => level < marks.length), { level: marks.length, shown }]
  }
  close(text.length)
  return sections
}

/** What stands above a place. Places are asked for in order, mostly. */
export function aboveIn(sections: readonly Section[]): (place: number) => string {
  let at = 0
  return (place) => {
    if (place < (sections[at]?.start ?? 0)) at = 0
    while (at < sections.length - 1 && place >= (sections[at]?.end ?? 0)) at++
    return sections[at]?.above ?? ''
  }
}
