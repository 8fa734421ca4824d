import { Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { Label } from '../access-control/common.ts'
import { CompletionRequest } from './completion.ts'
import { accessFaults } from './faults.ts'

export const labelOperations = {
  checkLabels: call({
    summary:
      'Which labels of a text keep it from every model that is meant: those that have to be taken out for the model that may process most of it. None: one may have it as it is.',
    calledBy: ['agents'],
    input: Type.Pick(CompletionRequest, ['model', 'fallbacks', 'decisionIds']),
    output: Type.Object({ uncleared: Type.Array(Label) }),
    faults: ['models.not-cleared', 'models.caller-outdated', 'models.unavailable', ...accessFaults],
    timeoutMs: 5000,
    idempotent: true,
  }),
}
