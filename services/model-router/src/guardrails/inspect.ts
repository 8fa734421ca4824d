import { setImmediate } from 'node:timers/promises'
import { detecting } from '@tessera/detect/detect'
import { mask } from '@tessera/detect/mask'
import type { DetectorKind } from '@tessera/shared/contracts/access-control/labels'
import type { GuardrailAct, Guardrails } from '@tessera/shared/contracts/model-router/guardrails'

/** What was found in a prompt, by what is to happen. */
export type Inspected = {
  /** For these it does not go to a cloud model. */
  readonly blocked: readonly DetectorKind[]
  readonly flagged: readonly DetectorKind[]
  /** A text of the prompt as a cloud model gets it; absent: as it is. */
  readonly masked?: (text: string) => string
}

export const nothingFound: Inspected = { blocked: [], flagged: [] }

/** After so long others get a turn. */
const TURN_MS = 5

/** Looks for what the rules name. Long prompts are looked through in turns, so that others need not wait. */
export async function inspect({ rules }: Guardrails, texts: readonly string[]): Promise<Inspected> {
  const kinds = [...new Set(rules.map(({ kind }) => kind))]
  const found = new Set<DetectorKind>()
  const masks = new Map<string, string>()
  const kindsFor = (act: GuardrailAct) => rules.flatMap((rule) => (rule.act === act ? rule.kind : []))
  const masking = new Set(kindsFor('mask'))
  let turnEndsMs = performance.now() + TURN_MS
  for (const text of new Set(texts)) {
    const stretches = []
    for (const finding of detecting(text, { kinds })) {
      if (finding) {
        found.add(finding.kind)
        if (masking.has(finding.kind)) stretches.push(finding)
      }
      if (performance.now() < turnEndsMs) continue
      await setImmediate()
      turnEndsMs = performance.now() + TURN_MS
    }
    if (stretches.length > 0) masks.set(text, mask(text, stretches))
  }
  const foundFor = (act: GuardrailAct) => kindsFor(act).filter((kind) => found.has(kind))
  return {
    blocked: foundFor('block'),
    flagged: [...foundFor('flag'), ...foundFor('mask')],
    ...(masks.size > 0 && { masked: (text: string) => masks.get(text) ?? text }),
  }
}
