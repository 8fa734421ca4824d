import { detect } from '../src/detect.ts'
import { type Finding, type Kind, kinds } from '../src/finding.ts'
import type { Labelled } from './labelled-set.ts'

export type Measured = {
  readonly kind: Kind
  /** What there is to be found. */
  readonly labels: number
  /** Of these, what was found whole. */
  readonly found: number
  /** Findings that touch no label of their kind. */
  readonly wrong: number
  /** Of all findings, those that touch one. */
  readonly precision: number
  readonly recall: number
  readonly misses: readonly string[]
}

const touches = (a: Finding, b: Finding) => a.kind === b.kind && a.start < b.end && b.start < a.end
const covers = (a: Finding, b: Finding) => a.kind === b.kind && a.start <= b.start && b.end <= a.end

/** How well each kind is found. */
export function measure(set: readonly Labelled[]): Measured[] {
  const texts = set.map(({ text, labels }) => ({ text, labels, findings: detect(text) }))
  return kinds.map((kind) => {
    const labels = texts.flatMap(({ text, labels, findings }) =>
      labels
        .filter((one) => one.kind === kind)
        .map((one) => ({ text, one, isFound: findings.some((finding) => covers(finding, one)) })),
    )
    const findings = texts.flatMap(({ text, labels, findings }) =>
      findings
        .filter((one) => one.kind === kind)
        .map((one) => ({ text, one, isRight: labels.some((label) => touches(one, label)) })),
    )
    const found = labels.filter(({ isFound }) => isFound).length
    const wrong = findings.filter(({ isRight }) => !isRight)
    return {
      kind,
      labels: labels.length,
      found,
      wrong: wrong.length,
      precision: findings.length === 0 ? 1 : 1 - wrong.length / findings.length,
      recall: labels.length === 0 ? 1 : found / labels.length,
      misses: [
        ...labels.filter(({ isFound }) => !isFound).map(({ text, one }) => `missed ${shown(text, one)} in ${text}`),
        ...wrong.map(({ text, one }) => `wrong ${shown(text, one)} in ${text}`),
      ],
    }
  })
}

const shown = (text: string, { start, end }: Finding) => JSON.stringify(text.slice(start, end))

/** As Markdown. */
export const tableOf = (measured: readonly Measured[]) =>
  [
    '| kind | labels | found | wrong findings | precision | recall |',
    '| --- | --- | --- | --- | --- | --- |',
    ...measured.map(
      ({ kind, labels, found, wrong, precision, recall }) =>
        `| ${kind} | ${labels} | ${found} | ${wrong} | ${precision.toFixed(3)} | ${recall.toFixed(3)} |`,
    ),
  ].join('\n')
