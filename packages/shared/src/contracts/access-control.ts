import { Type } from 'typebox'
import { defineContract, event } from '../bus/contract.ts'
import { IdOf } from '../ids/ids.ts'
import { administrationOperations } from './access-control/administration.ts'
import { auditOperations } from './access-control/audit.ts'
import { decisionOperations } from './access-control/decisions.ts'
import { factOperations } from './access-control/facts.ts'
import { accessFaults } from './access-control/faults.ts'
import { importOperations } from './access-control/import.ts'
import { indexOperations } from './access-control/index-facts.ts'
import { labelOperations } from './access-control/labels.ts'
import { peopleOperations } from './access-control/people.ts'
import { policyOperations } from './access-control/policies.ts'
import { questionOperations } from './access-control/questions.ts'
import { Revision } from './names.ts'

export const accessContract = defineContract({
  service: 'access',
  version: 1,
  faults: accessFaults,
  operations: {
    ...peopleOperations,
    ...administrationOperations,
    ...factOperations,
    ...decisionOperations,
    ...questionOperations,
    ...policyOperations,
    ...indexOperations,
    ...labelOperations,
    ...importOperations,
    ...auditOperations,
  },
  events: {
    changed: event({
      summary: 'The revision of a workspace rose. A hint to read `changedDocuments`, which is the truth.',
      payload: Type.Object({ workspaceId: IdOf('wsp'), revision: Revision }),
      consumedBy: ['retrieval'],
    }),
  },
})
