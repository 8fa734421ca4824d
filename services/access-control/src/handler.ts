import type { Handlers } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import type { Kysely } from 'kysely'
import type { Writer } from './changes/writer.ts'
import type { AccessTables } from './database.ts'

/** What the operations are made of. */
export type AccessDeps = {
  readonly db: Kysely<AccessTables>
  /** The only way to change a fact: raises the revision under the row lock of the workspace. */
  readonly write: Writer
}

export type AccessHandlers = Handlers<typeof accessContract>
/** Makes the handler of one operation. */
export type Make<N extends keyof AccessHandlers> = (deps: AccessDeps) => AccessHandlers[N]
