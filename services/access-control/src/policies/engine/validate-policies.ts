import { validate, type ValidationError } from '@cedar-policy/cedar-wasm/nodejs'
import {
  actionsOf,
  attributeOf,
  entitiesNamed,
  expressionsOf,
  nodeOf,
  sidesOf,
  stringOf,
  stringsOf,
} from './expressions.ts'
import { findingsOf, type PolicyFinding, type Remark } from './findings.ts'
import { type ParsedPolicy, parsePolicies, remarkOf } from './parse-policies.ts'
import { POLICY_SCHEMA } from './schema.ts'

export type ValidateOptions = {
  /** The labels that passages alone carry. Absent: unknown, and every label tested under `read` gets the warning. */
  readonly passageLabels?: readonly string[]
}

/** All that is wrong with a text of policies, in the order of the text. Without a finding of severity `error` it may be published. */
export function validatePolicies(text: string, { passageLabels }: ValidateOptions): PolicyFinding[] {
  const { policies, remarks } = parsePolicies(text)
  return findingsOf(text, [
    ...remarks,
    ...schemaRemarks(policies),
    ...policies.flatMap(singleDocumentRemarks),
    ...policies.flatMap((policy) => passageLabelRemarks(policy, passageLabels)),
  ])
}

function schemaRemarks(policies: readonly ParsedPolicy[]): Remark[] {
  const byId = new Map(policies.map((policy) => [policy.id, policy]))
  const staticPolicies = Object.fromEntries(policies.map(({ id, statement }) => [id, statement.text]))
  const answer = validate({
    schema: POLICY_SCHEMA,
    policies: { staticPolicies },
    validationSettings: { mode: 'strict' },
  })
  if (answer.type === 'failure') throw new Error(`Cedar could not validate: ${answer.errors[0]?.message}`)
  const remarks = (found: readonly ValidationError[], severity: Remark['severity']) =>
    found.flatMap(({ policyId, error }) => {
      const policy = byId.get(policyId)
      return policy ? { ...remarkOf(policy.statement, error), severity, policyId } : []
    })
  const errors = remarks(answer.validationErrors, 'error')
  return withoutEcho(distinct([...errors, ...remarks(answer.validationWarnings, 'warning')]))
}

/** That a policy is impossible follows from whatever else is wrong with it, and is worth telling alone only. */
const withoutEcho = (remarks: readonly Remark[]) =>
  remarks.filter(
    (remark) =>
      !remark.message.startsWith('Policy is impossible') ||
      !remarks.some((other) => other !== remark && other.policyId === remark.policyId),
  )

/** Cedar says some things once for each kind of principal. */
const distinct = (remarks: readonly Remark[]) => [
  ...new Map(
    remarks.map((remark) => [[remark.policyId, remark.offset, remark.message].join('\n'), remark] as const),
  ).values(),
]

/** Policies are judged for signatures, so that one about a single document would silently forbid nothing. */
function singleDocumentRemarks(policy: ParsedPolicy): Remark[] {
  const named = entitiesNamed(policy.json).find(({ type }) => type === 'Document' || type === 'Passage')
  if (!named) return []
  return [
    {
      severity: 'error',
      policyId: policy.id,
      offset: placeOfString(policy, named.id),
      message: `A policy can't name a single ${named.type.toLowerCase()}.`,
      hint: 'Test its labels, space or data source, or put a deny entry on the document.',
    },
  ]
}

/** A document's labels are all that `read` sees: to test a passage's there protects nothing (ACCESS.md section 5). */
function passageLabelRemarks(policy: ParsedPolicy, passageLabels: readonly string[] | undefined): Remark[] {
  if (!actionsOf(policy.json.action).includes('read')) return []
  const tested = new Set([...expressionsOf(policy.json)].flatMap(labelsTested))
  const suspect = [...tested].filter((label) => passageLabels?.includes(label) ?? true)
  return suspect.map((label) => ({
    severity: 'warning',
    policyId: policy.id,
    offset: placeOfString(policy, label),
    message: passageLabels
      ? `Passages alone carry the label ${JSON.stringify(label)}, and \`read\` sees the labels of documents only.`
      : `\`read\` sees the label ${JSON.stringify(label)} on documents only, never on passages.`,
    hint: 'To protect passages, forbid Action::"use".',
  }))
}

function labelsTested(expression: Parameters<typeof nodeOf>[0]): string[] {
  const { operator, body } = nodeOf(expression)
  if (!['contains', 'containsAll', 'containsAny', '==', '!='].includes(operator)) return []
  const { left, right } = sidesOf(body)
  const ofResource = [left, right].some((side) => attributeOf(side, 'resource') === 'labels')
  if (!ofResource) return []
  return [left, right].flatMap((side) => stringsOf(side) ?? stringOf(side) ?? [])
}

function placeOfString({ statement }: ParsedPolicy, label: string): number {
  const written = JSON.stringify(label).slice(1, -1)
  return statement.strings.find(({ raw }) => raw === label || raw === written)?.start ?? statement.start
}
