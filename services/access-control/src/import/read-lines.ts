import { ImportLine } from '@tessera/shared/contracts/access-control/import'
import type { FieldError } from '@tessera/shared/fault/fault'
import { strict } from '@tessera/shared/http/strict'
import { fieldErrors } from '@tessera/shared/http/validation'
import type { Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { brokenLists } from '../sources/broken-lists.ts'
import { unstorableTexts } from '../sources/unstorable-texts.ts'
import { brokenNames } from './broken-names.ts'

export type Line = Static<typeof ImportLine>
export type LineType = Line['type']
export type LineOf<T extends LineType> = Extract<Line, { type: T }>
export type Numbered<T extends LineType = LineType> = { readonly number: number; readonly line: LineOf<T> }
/** A rule that a line breaks; `field` is a JSON pointer into the line. */
export type LineError = FieldError & { readonly number: number }

/** One schema per type of line: an error then speaks of the line that somebody meant, and not of every type that it is not. */
const validators = new Map(ImportLine.anyOf.map((schema) => [schema.properties.type.const, Compile(strict(schema))]))
const MAX_ERRORS = 5

/** Each line by itself: its schema, and the names and lists that it may state. */
export function readLines(lines: readonly { number: number; line: unknown }[]): {
  lines: Numbered[]
  errors: LineError[]
} {
  const good: Numbered[] = []
  const errors: LineError[] = []
  for (const { number, line } of lines) {
    const broken = brokenFields(line).slice(0, MAX_ERRORS)
    if (broken.length === 0) good.push({ number, line: line as Line })
    errors.push(...broken.map((error) => ({ number, ...error })))
  }
  return { lines: good, errors }
}

function brokenFields(line: unknown): FieldError[] {
  if (typeof line !== 'object' || line === null || Array.isArray(line))
    return [{ field: '', rule: 'must be an object' }]
  const type = 'type' in line ? (line.type as LineType) : undefined
  const validator = type && validators.get(type)
  if (!validator) return [{ field: '/type', rule: `must be one of ${[...validators.keys()].join(', ')}` }]
  if (!validator.Check(line)) return fieldErrors(validator.Errors(line))
  return [
    ...unstorableTexts(line),
    ...brokenNames(line as Line),
    ...((line as Line).type === 'document' ? brokenDocument(line as LineOf<'document'>) : []),
  ]
}

function brokenDocument(line: LineOf<'document'>): FieldError[] {
  const seen = new Set<string>()
  const twice = (line.passages ?? []).flatMap(({ passageId }, index) => {
    const again = seen.has(passageId)
    seen.add(passageId)
    return again ? [{ field: `/passages/${index}/passageId`, rule: 'must not stand in the list twice' }] : []
  })
  return [...brokenLists(line), ...twice]
}
