import type { Span } from './spans.ts'

/** What marks and rules say of one passage. */
export type Marking = {
  readonly title: readonly Span[]
  /** One list for each heading above it. */
  readonly headings: readonly (readonly Span[])[]
  readonly text: readonly Span[]
  /** Labels that mark something in external id, address or authors. */
  readonly place: readonly string[]
  /** What it carries by the marks of its source, and by rules. */
  readonly source: readonly string[]
  readonly detector: readonly string[]
  /** Something marked was cut at its edge, so that it cannot be masked: there is no redacted variant. */
  readonly cut: boolean
}

export const carriesLabels = (marking: Marking | null): marking is Marking =>
  marking !== null && marking.source.length + marking.detector.length > 0

export const spansOf = ({ title, headings, text }: Marking): Span[] => [...title, ...headings.flat(), ...text]

/** The labels which marked at least one span. */
export const markedLabels = (marking: Marking): string[] =>
  [...new Set([...spansOf(marking).map(({ label }) => label), ...marking.place])].toSorted()

/** The texts that are masked below the full view. */
export const maskedValues = (
  of: { title: string; headings: readonly string[]; text: string },
  { title, headings, text }: Marking,
): { value: string; kind: string }[] => {
  const values = (whole: string, spans: readonly Span[]) =>
    spans.map(({ start, end, kind }) => ({ value: whole.slice(start, end), kind }))
  return [
    ...values(of.title, title),
    ...of.headings.flatMap((heading, at) => values(heading, headings[at] ?? [])),
    ...values(of.text, text),
  ]
}
