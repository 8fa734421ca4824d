import type { WorldFigures } from '../access.ts'
import { median, percentile, table } from '../figures.ts'
import type { CheckFigures, Checked } from './measure-check.ts'
import type { RevocationFigures } from './measure-revocation.ts'

const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} ms`
const rate = (value: number) => `${value.toFixed(0)}/s`
const met = (holds: boolean) => (holds ? 'met' : 'missed')

/** By how many at once. */
type Checks = readonly ({ width: number } & Checked)[]
type Results = {
  figures: WorldFigures
  together: Checks
  nats: readonly number[]
  floorMs: number
  revocation: RevocationFigures
}

/** Every figure beside its floor of the same run, and the target of the issue. */
export function resultTables({ figures, together, nats, floorMs, revocation }: Results): string {
  const { check, filter, explain, importMs, imported } = figures
  const checks = [{ width: 1, ...check }, ...together]
  const beside = `bare NATS request ${ms(median(nats))}`
  const p50 = (title: string, sample: readonly number[], bound: number) => {
    const value = median(sample)
    return [title, ms(value), beside, `under ${bound} ms`, met(value < bound)]
  }
  const rows = [
    ...checkRows(checks),
    p50('reader’s filter, nothing changed, p50', filter.unchanged, 1),
    p50('reader’s filter after a membership change, p50', filter.afterMembership, 10),
    ['reader’s filter after a policy publish, p50', ms(median(filter.afterPolicies)), beside, 'reported', '–'],
    ['policy publish, p50', ms(median(filter.publish)), '–', 'reported', '–'],
    p50('explain, p50', explain, 20),
    [
      `import of ${imported} documents`,
      `${(importMs / 1000).toFixed(1)} s (${rate((imported * 1000) / importMs)})`,
      `the same rows from SQL to SQL, without commit, ${(floorMs / 1000).toFixed(1)} s`,
      'under 20 s for 20000',
      met(importMs / imported < 1),
    ],
  ]
  return `${table(figureColumns, rows)}

${partsTable(checks)}

${revocationTable(revocation)}`
}

/** The checks alone. */
export const checkTables = (checks: Checks) => `${table(figureColumns, checkRows(checks))}

${partsTable(checks)}`

const figureColumns = ['figure', 'here', 'beside it', 'target', '']

const checkRows = (checks: Checks) => [
  ...checks.filter(({ width }) => width <= 16).flatMap(cpuRows),
  ...checks.filter(({ width }) => width > 1).map(throughputRow),
]

const cpuRows = ({ width, check, checkWithoutLog, bare }: Checks[number]) => [
  cpuRow(`CPU of a check of 50, with the log, ${width} at once`, check, bare, 1.5),
  cpuRow(`CPU of a check of 50, without the log, ${width} at once`, checkWithoutLog, bare, 0.7),
]

const throughputRow = ({ width, check, bare }: Checks[number]) => [
  `checks of 50, ${width} at once`,
  rate(check.perSecond),
  `bare statement ${rate(bare.perSecond)}`,
  'a quarter of the bare statement’s',
  `${met(check.perSecond >= bare.perSecond / 4)} (${((100 * check.perSecond) / bare.perSecond).toFixed(0)} %)`,
]

const cpuRow = (title: string, { cpu }: CheckFigures, bare: CheckFigures, allowance: number) => [
  title,
  ms(cpu),
  `bare statement ${ms(bare.cpu)}`,
  `bare + ${allowance} ms`,
  `${met(cpu <= bare.cpu + allowance)} (bare + ${(cpu - bare.cpu).toFixed(2)} ms)`,
]

/** Where the CPU goes. */
const partsTable = (widths: Checks) =>
  table(
    ['milliseconds of CPU per check', 'the process itself', 'PostgreSQL', 'NATS', 'latency p50', 'per second'],
    widths.flatMap(({ width, check, checkWithoutLog, bare }) => {
      const row = (title: string, { parts, p50, perSecond }: CheckFigures) => [
        `${title}, ${width} at once`,
        ...[parts.service, parts.postgres].map((part) => part.toFixed(2)),
        parts.nats?.toFixed(2) ?? '–',
        p50.toFixed(1),
        perSecond.toFixed(0),
      ]
      return [row('with the log', check), row('without', checkWithoutLog), row('bare statement', bare)]
    }),
  )

function revocationTable({ trials, stale, watched, refusedAfter, acknowledgedAfter }: RevocationFigures): string {
  const show = (sample: readonly number[]) =>
    `p50 ${ms(median(sample))}, p99 ${ms(percentile(sample, 0.99))}, most ${ms(percentile(sample, 1))}`
  return table(
    ['revocation under load', '', 'target'],
    [
      ['stale answers', `${stale} of ${trials} trials and ${watched} answers beside them`, '0'],
      ['acknowledgement to the first refusing answer', show(refusedAfter), '–'],
      ['change sent to its acknowledgement', show(acknowledgedAfter), '–'],
    ],
  )
}

/** The large world by the small one, and the reader who is in very many groups. */
export function millionTable(
  before: WorldFigures,
  after: WorldFigures,
  many: Pick<WorldFigures, 'check' | 'filter' | 'explain'>,
): string {
  const row = (title: string, of: (figures: typeof many) => number) => [
    title,
    ...[before, after, many].map((figures) => ms(of(figures))),
    ratio(of(before), of(after)),
  ]
  const rates = [before, after].map(({ imported, importMs }) => (imported * 1000) / importMs)
  const [slow = 0, fast = 0] = [rates[1], rates[0]]
  return table(
    ['', `${before.documents} documents`, `${after.documents} documents`, 'there, a reader in 500 groups', 'ratio'],
    [
      row('CPU of a check of 50, with the log', ({ check }) => check.check.cpu),
      row('– the bare statement beside it', ({ check }) => check.bare.cpu),
      row('check of 50, p50', ({ check }) => check.check.p50),
      row('reader’s filter, nothing changed, p50', ({ filter }) => median(filter.unchanged)),
      row('reader’s filter after a membership change, p50', ({ filter }) => median(filter.afterMembership)),
      row('explain, p50', ({ explain }) => median(explain)),
      [
        `import of ${after.imported} documents`,
        ...[fast, slow].map(rate),
        '–',
        `${(slow / fast).toFixed(2)} (target: at least 0.5), ${met(slow >= fast / 2)}`,
      ],
    ],
  )
}

const ratio = (before: number, after: number) =>
  `${(after / before).toFixed(2)} (target: at most 2), ${met(after <= 2 * before)}`
