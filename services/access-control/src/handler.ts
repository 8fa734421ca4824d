import type { Handlers } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import type { Kysely } from 'kysely'
import type { Writer } from './changes/writer.ts'
import type { FactsMemory } from './check/remembered-facts.ts'
import type { AccessTables } from './database.ts'
import type { LogWriter } from './log/writer.ts'
import type { PolicyEngine } from './policies/engine/policy-engine.ts'
import type { PolicyJudge } from './policies/policy-judge.ts'

/** What the operations are made of. */
export type AccessDeps = {
  readonly db: Kysely<AccessTables>
  /** Everything that decisions about documents look at, remembered where nothing has changed. */
  readonly facts: FactsMemory
  /** The only way to change a fact: raises the revision under the row lock of the workspace. */
  readonly write: Writer
  /** The decision log: no answer about documents goes out before its row is written. */
  readonly log: LogWriter
  /** What the published policies say. */
  readonly policies: PolicyJudge
  /** Judges drafts, in a thread of its own: none can hold up a decision. */
  readonly drafts: PolicyEngine
  /** Signs what the log holds now, so that an export is covered to its end. */
  readonly checkpoint: (workspaceId: string) => Promise<unknown>
  /** An admin says that what the log's last checkpoint vouches for is lost: the log goes on from what there is. */
  readonly confirmRestored: (workspaceId: string, by: { subject: string; actors: readonly string[] }) => Promise<void>
}

export type AccessHandlers = Handlers<typeof accessContract>
/** Makes the handler of one operation. */
export type Make<N extends keyof AccessHandlers> = (deps: AccessDeps) => AccessHandlers[N]
