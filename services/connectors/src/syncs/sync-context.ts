import type { accessContract } from '@tessera/shared/contracts/access-control'
import type { retrievalContract } from '@tessera/shared/contracts/retrieval'
import type { Client } from '@tessera/shared/bus/contract'
import type { Result } from '@tessera/shared/fault/result'
import type { Kysely } from 'kysely'
import type { ConnectorsDatabase } from '../database.ts'
import type { ConnectorsOptions } from '../options.ts'
import type { Listing } from '../sources/source.ts'
import type { SyncLease } from './lease.ts'
import { StepFailed } from './step-failed.ts'

/** Where a sync may be killed without anything being lost; a test kills it at each. */
export const syncBoundaries = [
  'listed',
  'directory-sent',
  'access-sent',
  'access-applied',
  'batch-planned',
  'batch-access-sent',
  'batch-content-sent',
  'batch-acknowledged',
  'removal-planned',
  'access-removed',
  'content-removed',
  'removal-acknowledged',
] as const
export type SyncBoundary = (typeof syncBoundaries)[number]

export type SyncContext = {
  db: Kysely<ConnectorsDatabase>
  access: Client<typeof accessContract>
  retrieval: Client<typeof retrievalContract>
  lease: SyncLease
  options: ConnectorsOptions
  /** Awaited at each boundary; throws when the worker is to stop. */
  boundary(name: SyncBoundary): Promise<void>
}

export type ListedContext = SyncContext & { listing: Listing }

/** The value of a call that the sync can not go on without. */
export async function must<T>(call: Promise<Result<T>>): Promise<T> {
  const result = await call
  if (!result.ok) throw new StepFailed(result.fault)
  return result.value
}
