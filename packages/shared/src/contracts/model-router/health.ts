import { Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { readingFaults } from './faults.ts'
import { ModelName } from './models.ts'

const Count = Type.Integer({ minimum: 0 })

/** How a model does. One that was not asked lately is not in the list. */
export const ModelHealth = Type.Object({
  model: ModelName,
  state: Type.Union([Type.Literal('ok'), Type.Literal('cooling')], {
    description: '`cooling`: it failed lately, and is asked only where nothing else is left.',
  }),
  cause: Type.Optional(
    Type.String({ description: 'Why it cools, such as `rate-limited`, `timeout` or `unreachable`.' }),
  ),
  forMs: Type.Optional({ ...Count, description: 'How long it still cools.' }),
  firstContentMs: Type.Optional({ ...Count, description: 'Moving average of the time to its first content.' }),
  requests: Type.Optional({ ...Count, description: 'Since the replicas started. Admins and auditors.' }),
  failures: Type.Optional({ ...Count, description: 'Of these, failures that say something about the model.' }),
  inFlight: Type.Optional({ ...Count, description: 'Under way. Admins and auditors.' }),
})

export const healthOperations = {
  listHealth: call({
    summary:
      'How the models do that were asked lately, as the replicas of the model router saw it within the last seconds.',
    calledBy: ['gateway'],
    input: Type.Object({}),
    output: Type.Object({ items: Type.Array(ModelHealth) }),
    faults: readingFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
}
