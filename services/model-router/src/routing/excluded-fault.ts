import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import type { Exclusion } from './exclusion.ts'

/** The fault where no model is left, by why each was left out. Sensitivity is named first: it is what the caller can't get around. */
export function excludedFault(asked: string, exclusions: readonly Exclusion[]) {
  const known = exclusions.filter(({ why }) => why !== 'not-allowed')
  const labels = [...new Set(known.flatMap((one) => (one.why === 'labels' ? one.labels : [])))]
  if (labels.length > 0) {
    return modelsFaults.fault('not-cleared', `${asked} is not cleared for: ${labels.join(', ')}.`, {
      meta: { labels: labels.join(',') },
    })
  }
  const policies = [...new Set(known.flatMap((one) => (one.why === 'policies' ? one.policyIds : [])))].join(', ')
  if (policies !== '') {
    return modelsFaults.fault('not-cleared', `A policy forbids it: ${policies}.`, { meta: { policies } })
  }
  const kinds = [...new Set(known.flatMap((one) => (one.why === 'guardrails' ? one.kinds : [])))].join(', ')
  if (kinds !== '') {
    return modelsFaults.fault('blocked', `The prompt holds what may not go to a cloud model: ${kinds}.`, {
      meta: { kinds },
    })
  }
  // What the caller can mend is said before what only an admin can.
  const [first] = known.toSorted((a, b) => Number(a.why === 'constraint') - Number(b.why === 'constraint'))
  switch (first?.why) {
    case undefined:
      return noSuchModel(asked, [])
    case 'kind':
      return modelsFaults.fault('request-refused', `${asked} is not a model of that kind.`)
    case 'images':
      return unsupported('/messages', `${asked} takes no images.`, 'must hold no image for this model')
    case 'output': {
      const cap = Math.max(...known.map((one) => (one.why === 'output' ? one.maxOutputTokens : 0)))
      return unsupported('/maxOutputTokens', `${asked} writes at most ${cap} tokens.`, `must be at most ${cap}`)
    }
    case 'constraint': {
      const constraints = [...new Set(known.flatMap((one) => (one.why === 'constraint' ? [one.constraint] : [])))]
      return modelsFaults.fault(
        'request-refused',
        `No model of ${asked} meets its constraints: ${constraints.join(', ')}.`,
      )
    }
    default:
      throw new Error(`Left out for a reason that nobody knows: ${first?.why}`)
  }
}

export function noSuchModel(asked: string, nearest: readonly string[]) {
  const hint = nearest.length === 0 ? '' : ` Near to it: ${nearest.join(', ')}.`
  return modelsFaults.fault('not-found', `There is no model ${asked}, or you may not use it.${hint}`)
}

const unsupported = (field: string, detail: string, rule: string) =>
  modelsFaults.fault('unsupported', detail, { errors: [{ field, rule }] })
