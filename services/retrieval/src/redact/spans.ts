/** A stretch of a text that a label marks, in UTF-16 units, `end` not included. `kind` is what stands in its place. */
export type Span = {
  readonly start: number
  readonly end: number
  readonly label: string
  readonly kind: string
}

/** The text with its spans replaced, `[kind]` each. Spans that overlap become one, which names all their kinds. */
export function mask(text: string, spans: readonly Pick<Span, 'start' | 'end' | 'kind'>[]): string {
  let masked = ''
  let at = 0
  for (const { start, end, kinds } of merge(spans)) {
    masked += `${text.slice(at, start)}[${kinds.join(', ')}]`
    at = end
  }
  return masked + text.slice(at)
}

type Merged = { start: number; end: number; kinds: string[] }

function merge(spans: readonly Pick<Span, 'start' | 'end' | 'kind'>[]): Merged[] {
  const merged: Merged[] = []
  for (const { start, end, kind } of spans.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    const last = merged.at(-1)
    if (!last || start >= last.end) merged.push({ start, end, kinds: [kind] })
    else {
      last.end = Math.max(last.end, end)
      last.kinds = [...new Set([...last.kinds, kind])].toSorted()
    }
  }
  return merged
}
