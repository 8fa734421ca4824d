import type { Expr, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
import { nodeOf, operandsOf, sidesOf } from './expressions.ts'

/**
 * Whether a policy may stop forbidding something because it carries one label more: an exception for a label, or for what has none. Where labels are looked at in a way not
 * understood here, it may.
 */
export const lapsesByLabel = ({ conditions }: PolicyJson): boolean =>
  conditions.some(({ kind, body }) => mayTurn(body, kind === 'unless'))

/** Whether one label more may turn it false; with `toTrue`, true. */
function mayTurn(expression: Expr, toTrue: boolean): boolean {
  const { operator, body } = nodeOf(expression)
  switch (operator) {
    case '&&':
    case '||':
      return operandsOf(expression).some((operand) => mayTurn(operand, toTrue))
    case '!':
      return operandsOf(expression).some((operand) => mayTurn(operand, !toTrue))
    case 'contains':
    case 'containsAll':
    case 'containsAny': {
      const { left, right } = sidesOf(body)
      const onlyGrows = areLabels(left) && !looksAtLabels(right)
      return onlyGrows ? toTrue : looksAtLabels(expression)
    }
    default:
      return looksAtLabels(expression)
  }
}

function areLabels(expression: Expr): boolean {
  const { operator, body } = nodeOf(expression)
  return operator === '.' && ['labels', 'documentLabels'].includes((body as { attr: string }).attr)
}

const looksAtLabels = (expression: Expr): boolean => areLabels(expression) || operandsOf(expression).some(looksAtLabels)
