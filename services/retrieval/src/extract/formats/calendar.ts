import { type Block, oneLine } from '../block.ts'

const shown: ReadonlyMap<string, string> = new Map([
  ...([
    ['DTSTART', 'From'],
    ['DTEND', 'Until'],
    ['DUE', 'Due'],
    ['LOCATION', 'Where'],
    ['ORGANIZER', 'Organiser'],
    ['ATTENDEE', 'With'],
  ] as const),
  ...([
    ['RRULE', 'Repeats'],
    ['DESCRIPTION', ''],
    ['COMMENT', ''],
  ] as const),
])

/** The entries of a calendar (RFC 5545), a section each: what it is about, when, where, with whom. */
export function blocksOfCalendar(text: string): Block[] {
  const blocks: Block[] = []
  let lines: string[] = []
  let title = ''
  for (const line of text.replace(/\n[ \t]/g, '').split('\n')) {
    const [, name = '', parameters = '', value = ''] =
      /^([A-Za-z-]+)((?:;[^:"]*(?:"[^"]*")?)*):(.*)$/.exec(line.trimEnd()) ?? []
    const property = name.toUpperCase()
    if (property === 'BEGIN' && /^V(EVENT|TODO|JOURNAL)$/i.test(value)) {
      title = ''
      lines = []
    } else if (property === 'END' && /^V(EVENT|TODO|JOURNAL)$/i.test(value)) {
      blocks.push({ kind: 'heading', level: 2, text: title === '' ? 'Entry' : title })
      if (lines.length > 0) blocks.push({ kind: 'paragraph', text: lines.join('\n') })
    } else if (property === 'SUMMARY') title = oneLine(unescaped(value))
    else if (shown.has(property)) {
      const label = shown.get(property)
      const said =
        property === 'ATTENDEE' || property === 'ORGANIZER' ? personIn(parameters, value) : readable(property, value)
      if (said !== '') lines.push(label === '' ? said : `${label}: ${said}`)
    }
  }
  return blocks
}

/** RFC 5545, 3.3.11. */
const unescaped = (value: string) => value.replace(/\\n/gi, '\n').replace(/\\([,;\\])/g, '$1')

const personIn = (parameters: string, value: string) => {
  const name = /;CN="?([^";:]+)/i.exec(parameters)?.[1] ?? ''
  return `${name} ${value.replace(/^mailto:/i, '')}`.trim()
}

/** `20260131T093000Z` → `2026-01-31 09:30 UTC`. */
function readable(property: string, value: string): string {
  const time = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?$/.exec(value)
  if (!time || !/^D(T|UE)/.test(property)) return unescaped(value).trim()
  const [, year, month, day, hour, minute, zone] = time
  return `${year}-${month}-${day}${hour === undefined ? '' : ` ${hour}:${minute}${zone === 'Z' ? ' UTC' : ''}`}`
}
