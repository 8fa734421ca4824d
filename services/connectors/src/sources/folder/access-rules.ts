import type { SourceAccess } from '../source.ts'
import type { PathPattern } from './path-pattern.ts'

export type AccessRule = { pattern: PathPattern } & Required<SourceAccess>

/**
 * The rule that decides about a path, alone: the deepest literal folder prefix, then the longer pattern, then the later one.
 * None: nobody may read what stands there.
 */
export function nearestRule(rules: readonly AccessRule[], path: string): AccessRule | undefined {
  let nearest: AccessRule | undefined
  for (const rule of rules) {
    if (rule.pattern.matches(path) && (!nearest || isAtLeastAsNear(rule, nearest))) nearest = rule
  }
  return nearest
}

const isAtLeastAsNear = ({ pattern }: AccessRule, { pattern: other }: AccessRule) =>
  (pattern.literalDepth - other.literalDepth || pattern.text.length - other.text.length) >= 0
