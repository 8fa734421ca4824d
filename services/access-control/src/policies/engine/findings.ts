import { placeOf } from './policy-text.ts'

/** Something about a text of policies; `line` and `column` count from 1, a column in UTF-16 units. */
export type PolicyFinding = {
  readonly severity: 'error' | 'warning'
  readonly policyId?: string
  readonly line: number
  readonly column: number
  readonly message: string
  /** What to do about it; may be empty. */
  readonly hint: string
}

/** What to report, before its place is known as line and column. */
export type Remark = Omit<PolicyFinding, 'line' | 'column'> & { readonly offset: number }

export function findingsOf(text: string, remarks: readonly Remark[]): PolicyFinding[] {
  return remarks
    .toSorted((one, other) => one.offset - other.offset || one.severity.localeCompare(other.severity))
    .map(({ offset, ...remark }) => ({ ...remark, ...placeOf(text, offset) }))
}
