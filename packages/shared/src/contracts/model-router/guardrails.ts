import { type Static, Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { Label } from '../access-control/common.ts'
import { DetectorKind } from '../access-control/labels.ts'
import { adminFaults, readingFaults } from './faults.ts'

/** What happens with a prompt for a cloud model in which a detector finds something. */
export const GuardrailAct = Type.Union([Type.Literal('block'), Type.Literal('mask'), Type.Literal('flag')])
export type GuardrailAct = Static<typeof GuardrailAct>

export const Guardrails = Type.Object(
  {
    rules: Type.Array(Type.Object({ kind: DetectorKind, act: GuardrailAct }, { additionalProperties: false }), {
      maxItems: 20,
      description:
        'For prompts that would go to a cloud model. `block`: it does not go there; a route goes on to a model of your own. `mask`: what is found is replaced by its kind, such as `[iban]`. `flag`: it goes, and the ledger says so.',
    }),
    rawLabels: Type.Optional(
      Type.Array(Label, {
        maxItems: 50,
        description:
          'The class of raw calls whose key is registered with no labels, or which no key makes: they go to models that are cleared for these alone, such as your own. Absent: none.',
      }),
    ),
    maxPromptBytes: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000_000,
        description: 'The longest prompt for any model, in bytes of UTF-8.',
      }),
    ),
    maxCacheSeconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 3600,
        description:
          'How long an answer may be kept for a caller who asks for it (`cache_seconds`), in memory. 0: none is. Absent: an hour.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type Guardrails = Static<typeof Guardrails>

export const guardrailOperations = {
  getGuardrails: call({
    summary: 'What is looked for in prompts, and what happens then. Admins and auditors.',
    calledBy: ['gateway'],
    input: Type.Object({}),
    output: Guardrails,
    faults: readingFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  putGuardrails: call({
    summary: 'Says what is looked for in prompts, and what happens then. In force for the next request. Admins.',
    calledBy: ['gateway'],
    input: Guardrails,
    output: Guardrails,
    faults: adminFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
}
