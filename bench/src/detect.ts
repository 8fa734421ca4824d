import { detect } from '@tessera/detect/detect'
import { kinds } from '@tessera/detect/finding'
import { RE2JS } from 're2js'
import { handbookDocuments } from './documents.ts'
import { median, table } from './figures.ts'

/** Not a page's worth of prose: text that keeps detectors busy for each of its characters. */
const busy = {
  'phone numbers alone': '+49 30 1234567, tel. 030 7654321, ',
  'numbers of persons alone': '12345678Z 123-45-6789 ',
  'pay alone': 'salary 85,000 EUR, ',
}

/** Each kind, and all of them, over real pages and over texts that hold nothing else, in time for a megabyte, beside one RE2 pattern over the same pages. */
export async function benchDetect(_: unknown, { quick }: { quick: boolean }): Promise<string> {
  const pages = handbookDocuments(317)
    .map(({ text }) => text)
    .join('\n\n')
  const text = quick ? pages.slice(0, 500_000) : pages
  const rule = RE2JS.compile('\\b\\d{3}-\\d{2}-\\d{4}\\b', RE2JS.CASE_INSENSITIVE | RE2JS.MULTILINE)
  const measured = (work: () => unknown, characters: number) => {
    const times = Array.from({ length: quick ? 3 : 7 }, () => {
      const start = performance.now()
      work()
      return performance.now() - start
    })
    return (median(times) / characters) * 1_000_000
  }
  const find = () => {
    const matcher = rule.matcher(text)
    while (matcher.find());
  }
  const floor = measured(find, text.length)
  const ofKind = kinds.map((kind) => [kind, measured(() => detect(text, { kinds: [kind] }), text.length)] as const)
  const ofBusy = Object.entries(busy).map(([name, piece]) => {
    const repeated = piece.repeat(Math.ceil((quick ? 50_000 : 300_000) / piece.length))
    return [`all kinds, ${name}`, measured(() => detect(repeated), repeated.length)] as const
  })
  const rows = [
    ['one RE2 pattern, as a redaction rule may have', floor] as const,
    ...ofKind,
    ['all kinds', measured(() => detect(text), text.length)] as const,
    ...ofBusy,
  ]
  return table(
    ['what', 'milliseconds for a million characters', 'of the pattern'],
    rows.map(([name, ms]) => [name, ms, `${(ms / floor).toFixed(2)} ×`]),
  )
}
