import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { createReader } from '@tessera/retrieval/extract/reader/reader'
import { extractPlain } from '@tessera/retrieval/extract/extract'
import { splitPassages } from '@tessera/retrieval/passages/split-passages'
import { mediaTypeOfName } from '@tessera/shared/contracts/media-types'
import type { TestScope } from '@tessera/testkit/test-scope'
import MarkdownIt from 'markdown-it'
import { median, percentile, table, timed } from './figures.ts'
import { compare, isNear, type Reference } from './formats/compare.ts'

type Reader = ReturnType<typeof createReader>
type Entry = { file: string; python_reads: Reference | string }

const handbook = join(import.meta.dirname, '../../samples/handbook/pages')

/** How well and how fast files are read: against an independent reader's counts, and Markdown beside its bare parser. */
export async function benchFormats(scope: TestScope): Promise<string> {
  const reader = createReader()
  scope.after(() => reader.close())
  const data = process.env['TESSERA_DATA']
  const files = join(data ?? '', 'workspace/files')
  const measured =
    data !== undefined && existsSync(join(files, 'manifest.jsonl')) ? await measureFiles(reader, files) : undefined
  return [
    measured ??
      'Office files: left out. Set TESSERA_DATA to a folder with workspace/files (good, malformed, manifest.jsonl).',
    await measureMarkdown(reader),
  ].join('\n\n')
}

async function measureFiles(reader: Reader, folder: string): Promise<string> {
  const manifest = readFileSync(join(folder, 'manifest.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Entry)
  const rows: {
    file: string
    outcome: string
    ms: number
    near: boolean | undefined
    told: string
    expectsText: boolean
  }[] = []
  for (const { file, python_reads } of manifest) {
    // Mails without an ending come from a mail server's folder.
    const mediaType = mediaTypeOfName(file) ?? (/RFC822/.test(file) ? 'message/rfc822' : undefined)
    if (!mediaType) {
      rows.push({ file, outcome: 'unsupported-type', ms: 0, near: undefined, told: '', expectsText: false })
      continue
    }
    const content = readFileSync(join(folder, file))
    const { value: read, ms } = await timed(() =>
      reader.read({ mediaType, content, externalId: file }, Date.now() + 120_000),
    )
    const reference = typeof python_reads === 'string' ? {} : python_reads
    const compared = read.ok ? compare(file, read.value, reference) : undefined
    rows.push({
      ...{ file, ms },
      outcome: read.ok ? 'text' : read.fault.code.replace('retrieval.', ''),
      near: compared && compared.reference > 0 ? isNear(compared) : undefined,
      told: compared ? `${compared.ours} of ${compared.reference} ${compared.unit}` : '',
      expectsText: reference.text_chars !== 0,
    })
  }
  const good = rows.filter(({ file }) => file.startsWith('good/'))
  const malformed = rows.filter(({ file }) => file.startsWith('malformed/'))
  const byKind = Map.groupBy(good, ({ file }) => extname(file) || '.eml')
  const kinds = [...byKind]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([kind, own]) => {
      const expected = own.filter(({ expectsText }) => expectsText)
      const compared = own.filter(({ near }) => near !== undefined)
      const slowest = Math.max(...own.map(({ ms }) => ms))
      return [
        kind,
        own.length,
        `${expected.filter(({ outcome }) => outcome === 'text').length} of ${expected.length}`,
        `${compared.filter(({ near }) => near).length} of ${compared.length}`,
        Math.round(slowest),
      ]
    })
  const far = good.filter(({ near }) => near === false).map(({ file, told }) => [file, told])
  const silent = good
    .filter(({ outcome }) => outcome !== 'text')
    .map(({ file, outcome, expectsText }) => [
      file,
      outcome,
      expectsText ? 'the reference found some' : 'nor did the reference',
    ])
  return [
    table(
      [
        'good files',
        'files',
        'give text, of those in which the reference found some',
        'within 10 % of the reference',
        'slowest, ms',
      ],
      kinds,
    ),
    `All ${good.length}: ${Math.round(good.reduce((sum, { ms }) => sum + ms, 0))} ms, one after the other.`,
    table(['not within 10 %', 'read'], far),
    table(['no text', 'reason', 'reference'], silent),
    `Malformed: ${malformed.length} files, ${malformed.filter(({ outcome }) => outcome === 'parser-failed').length} crashes.`,
    table(
      ['malformed', 'outcome', 'ms'],
      malformed.map(({ file, outcome, ms }) => [file.replace('malformed/', ''), outcome, Math.round(ms)]),
    ),
  ].join('\n\n')
}

const rounds = 5

async function measureMarkdown(reader: Reader): Promise<string> {
  const pages = readdirSync(handbook, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((externalId) => ({
      mediaType: 'text/markdown' as const,
      externalId,
      content: readFileSync(join(handbook, externalId), 'utf8'),
    }))
  const parser = new MarkdownIt('commonmark').enable(['table', 'strikethrough'])
  const bare: number[] = []
  const whole: number[] = []
  for (let round = 0; round < rounds; round++) {
    bare.push((await timed(async () => pages.forEach(({ content }) => parser.parse(content, {})))).ms)
    const read = async () => {
      for (const page of pages) {
        const read = extractPlain(page)
        if (read.ok) splitPassages(read.value.title, read.value.blocks)
      }
    }
    whole.push((await timed(read)).ms)
  }
  const latencies = async () => {
    const each: number[] = []
    for (const page of pages) each.push((await timed(() => reader.read(page, Date.now() + 60_000))).ms)
    return each
  }
  const alone = await latencies()
  const heavy = {
    mediaType: 'text/html' as const,
    externalId: 'a',
    content: '<p>Some words of a page</p>'.repeat(100_000),
  }
  const busy = Promise.all([heavy, heavy, heavy, heavy].map((document) => reader.read(document, Date.now() + 120_000)))
  const beside = await latencies()
  await busy
  const shown = (sample: readonly number[]) =>
    `p50 ${percentile(sample, 0.5).toFixed(2)} ms, p99 ${percentile(sample, 0.99).toFixed(2)} ms`
  return table(
    ['Markdown', 'here', 'beside it'],
    [
      [
        `${pages.length} pages to passages, median of ${rounds}`,
        `${Math.round(median(whole))} ms`,
        `bare markdown-it ${Math.round(median(bare))} ms: ${(median(whole) / median(bare)).toFixed(2)} ×`,
      ],
      ['one page, while four large files are read apart', shown(beside), `alone: ${shown(alone)}`],
    ],
  )
}
