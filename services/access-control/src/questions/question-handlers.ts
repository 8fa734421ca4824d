import type { questionOperations } from '@tessera/shared/contracts/access-control/questions'
import type { AccessDeps, AccessHandlers } from '../handler.ts'
import { checkAccess } from './check-access.ts'
import { explain } from './explain.ts'
import { listChanges } from './list-changes.ts'
import { listReadable } from './list-readable.ts'
import { listReaders } from './list-readers.ts'
import { simulate } from './simulate/simulate.ts'

/** Why, who, what if (ACCESS.md section 9). */
export const questionHandlers = (deps: AccessDeps): Pick<AccessHandlers, keyof typeof questionOperations> => ({
  checkAccess: checkAccess(deps),
  explain: explain(deps),
  listReaders: listReaders(deps),
  listReadable: listReadable(deps),
  simulate: simulate(deps),
  listChanges: listChanges(deps),
})
