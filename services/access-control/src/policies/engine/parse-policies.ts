import {
  type DetailedError,
  policySetTextToParts,
  policyToJson,
  type PolicyJson,
} from '@cedar-policy/cedar-wasm/nodejs'
import { depthOf } from './expressions.ts'
import type { Remark } from './findings.ts'
import { offsetOfByte, splitStatements, type Statement } from './policy-text.ts'
import { POLICY_ID } from './schema.ts'

export const MAX_TEXT_BYTES = 65_536
export const MAX_POLICIES = 200
/** Of brackets in the text, bound before Cedar's parser walks them: it has no bound of its own, and about 130 overflow its stack. */
export const MAX_NESTING = 50
/** Of expressions in the JSON form. */
export const MAX_DEPTH = 100

/** A policy that may be judged: a static `forbid` with an `@id` of its own. */
export type ParsedPolicy = { readonly id: string; readonly json: PolicyJson; readonly statement: Statement }
export type ParsedPolicies = { readonly policies: readonly ParsedPolicy[]; readonly remarks: readonly Remark[] }

/** Reads a text of policies; what is left out of `policies` has an error among the remarks. */
export function parsePolicies(text: string): ParsedPolicies {
  const statements = splitStatements(text)
  const unfit = sizeRemarks(text, statements)
  if (unfit.length > 0) return { policies: [], remarks: unfit }
  const parsed = statements.map(parseStatement)
  const remarks = parsed.flatMap(({ remarks }) => remarks)
  const { policies, doubled } = withOwnIds(
    text,
    parsed.flatMap(({ policy }) => policy ?? []),
  )
  return { policies, remarks: [...remarks, ...doubled, ...(remarks.length > 0 ? [] : miscounted(text, statements))] }
}

function sizeRemarks(text: string, statements: readonly Statement[]): Remark[] {
  const bytes = Buffer.byteLength(text, 'utf8')
  const hint = 'Split what does not belong together, or test sets: ["a", "b"].contains(…) instead of one policy each.'
  if (bytes > MAX_TEXT_BYTES)
    return [error(0, `The text has ${bytes} bytes; at most ${MAX_TEXT_BYTES} are allowed.`, hint)]
  const beyond = statements[MAX_POLICIES]
  if (!beyond) return []
  return [error(beyond.start, `There are ${statements.length} policies; at most ${MAX_POLICIES} are allowed.`, hint)]
}

function parseStatement(statement: Statement): { policy?: ParsedPolicy; remarks: Remark[] } {
  const { text, start, nesting } = statement
  if (nesting > MAX_NESTING) return { remarks: [tooDeep(start, nesting, MAX_NESTING)] }
  const answer = policyToJson(text)
  if (answer.type === 'failure') return { remarks: answer.errors.map((problem) => syntaxRemark(statement, problem)) }
  const { json } = answer
  const id = json.annotations?.['id'] ?? undefined
  const remarks = [...effectRemarks(statement, json), ...idRemarks(statement, id)]
  const depth = depthOf(json)
  if (depth > MAX_DEPTH) remarks.push(tooDeep(start, depth, MAX_DEPTH))
  const named = remarks.map((remark) => (id ? { ...remark, policyId: id } : remark))
  return id === undefined || remarks.length > 0 ? { remarks: named } : { policy: { id, json, statement }, remarks: [] }
}

function effectRemarks({ start }: Statement, { effect }: PolicyJson): Remark[] {
  if (effect === 'forbid') return []
  return [error(start, 'A policy may only forbid.', 'Relationships grant: groups, spaces and the lists of documents.')]
}

function idRemarks({ start }: Statement, id: string | undefined): Remark[] {
  const hint =
    'Put @id("…") before the policy: a lower-case letter, then up to 62 lower-case letters, digits or dashes.'
  if (id === undefined) return [error(start, 'The policy has no @id.', hint)]
  return POLICY_ID.test(id) ? [] : [error(start, `@id(${JSON.stringify(id)}) is not a policy id.`, hint)]
}

/** A policy with the id of an earlier one is left out. */
function withOwnIds(text: string, policies: readonly ParsedPolicy[]) {
  const first = new Map<string, ParsedPolicy>()
  const doubled: Remark[] = []
  for (const policy of policies) {
    const earlier = first.get(policy.id)
    if (!earlier) first.set(policy.id, policy)
    else {
      const line = text.slice(0, earlier.statement.start).split('\n').length
      const hint = `The one in line ${line} has it already.`
      doubled.push({ ...error(policy.statement.start, 'Two policies have the same @id.', hint), policyId: policy.id })
    }
  }
  return { policies: [...first.values()], doubled }
}

/** Cedar must see exactly the policies that were cut out of the text: none may slip away between two readings of it. */
function miscounted(text: string, statements: readonly Statement[]): Remark[] {
  const parts = policySetTextToParts(text)
  if (parts.type === 'success' && parts.policies.length === statements.length) return []
  return [
    error(0, 'The text can be read as policies in two ways.', 'Remove unusual white space and control characters.'),
  ]
}

const error = (offset: number, message: string, hint: string): Remark => ({ severity: 'error', offset, message, hint })

const tooDeep = (start: number, depth: number, limit: number) =>
  error(
    start,
    `The policy nests ${depth} deep; at most ${limit} are allowed.`,
    'Test a set, ["a", "b"].contains(…), instead of a chain of ||, or make several policies of it.',
  )

function syntaxRemark(statement: Statement, problem: DetailedError): Remark {
  if (problem.message.includes('expected a static policy')) {
    return remarkOf(statement, {
      ...problem,
      message: 'Templates are not allowed.',
      help: 'Replace ?principal and ?resource by names.',
    })
  }
  return remarkOf(statement, problem)
}

/** What Cedar says about a policy, in place. */
export function remarkOf({ text, start }: Statement, problem: DetailedError): Remark {
  const [place] = problem.sourceLocations ?? []
  const message = problem.message
    .replace(/^failed to parse policy from string: /u, '')
    .replace(/^for policy `[^`]*`, /u, '')
  return error(
    start + offsetOfByte(text, place?.start ?? 0),
    `${message.charAt(0).toUpperCase()}${message.slice(1)}`,
    problem.help ?? place?.label ?? '',
  )
}
