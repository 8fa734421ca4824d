type Masked = { readonly start: number; readonly end: number; readonly kind: string }

/** The text with some stretches replaced, `[kind]` each. Those that overlap become one, which names all their kinds. */
export function mask(text: string, stretches: readonly Masked[]): string {
  let masked = ''
  let at = 0
  for (const { start, end, kinds } of merge(stretches)) {
    masked += `${text.slice(at, start)}[${kinds.join(', ')}]`
    at = end
  }
  return masked + text.slice(at)
}

type Merged = { start: number; end: number; kinds: string[] }

function merge(stretches: readonly Masked[]): Merged[] {
  const merged: Merged[] = []
  for (const { start, end, kind } of stretches.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    const last = merged.at(-1)
    if (!last || start >= last.end) merged.push({ start, end, kinds: [kind] })
    else {
      last.end = Math.max(last.end, end)
      last.kinds = [...new Set([...last.kinds, kind])].toSorted()
    }
  }
  return merged
}
