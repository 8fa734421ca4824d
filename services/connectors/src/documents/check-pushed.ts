import { Name } from '@tessera/shared/contracts/names'
import { type Mark, maxContentCharacters, retrievalFaults } from '@tessera/shared/contracts/retrieval'
import type { FieldError } from '@tessera/shared/fault/fault'
import { fail, ok } from '@tessera/shared/fault/result'
import { Compile } from 'typebox/compile'
import { fault } from '../faults.ts'
import type { Original } from './store-original.ts'

const name = Compile(Name)
/** One message of the bus carries 8 MB; this leaves room for the rest of it. */
const maxJsonBytes = 7.5 * 1024 * 1024

/** What the schema of a push can not say. Refused before anything is stored. */
export function checkPushed(externalId: string, { content, access }: Original) {
  const errors: FieldError[] = []
  if (!isKept(externalId)) errors.push({ field: '/externalId', rule: 'must be valid text without control characters' })
  for (const field of ['title', 'url'] as const) {
    if (!isKept(content[field] ?? '')) errors.push({ field: `/content/${field}`, rule: 'must be valid text' })
  }
  if ((content.text === undefined) === (content.file === undefined))
    errors.push({ field: '/content', rule: 'must have either a text or a file' })
  for (const [index, mark] of (content.marks ?? []).entries()) {
    const problem = markProblem(mark)
    if (problem) errors.push({ field: `/content/marks/${index}`, rule: problem })
  }
  for (const list of ['allow', 'deny', 'gates'] as const) {
    for (const [index, entry] of access[list].entries()) {
      if (!name.Check(entry))
        errors.push({ field: `/access/${list}/${index}`, rule: 'must be the name of a principal' })
    }
  }
  for (const [index, entry] of access.denyAgents.entries()) {
    if (entry !== '*' && !(name.Check(entry) && entry.startsWith('agent:'))) {
      errors.push({ field: `/access/denyAgents/${index}`, rule: 'must be `*` or the name of an agent' })
    }
  }
  if (errors.length > 0) {
    return fail(fault('invalid', `${errors[0]?.field} ${errors[0]?.rule}.`, { errors: errors.slice(0, 100) }))
  }
  const { text } = content
  if (text === undefined) return ok()
  if (text.includes('\0') || !text.isWellFormed()) {
    return fail(
      retrievalFaults.fault(
        'unreadable-content',
        'The content is no valid text: it is binary, or has broken characters.',
      ),
    )
  }
  if (text.length > maxContentCharacters || Buffer.byteLength(JSON.stringify(text)) > maxJsonBytes) {
    return fail(
      retrievalFaults.fault(
        'too-large',
        'The text is over the limit of 4 Mi characters or 7.5 MiB; send it as a file.',
      ),
    )
  }
  return ok()
}

/** What is wrong with a mark that its schema lets pass. */
export function markProblem({ quote, heading }: Mark): string | undefined {
  if ((quote === undefined) === (heading === undefined)) return 'must have either a quote or a heading'
  const text = quote ?? heading ?? ''
  return isKept(text) && text.trim() !== '' ? undefined : 'must be valid text, and more than blanks'
}

// PostgreSQL keeps no zero character, and JSON no half of a surrogate pair.
const isKept = (text: string) => text.isWellFormed() && !text.includes('\0')
