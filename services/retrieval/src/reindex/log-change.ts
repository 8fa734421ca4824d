import type { Call } from '@tessera/shared/bus/call'
import type { Client } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import { failFromAccess } from '../faults.ts'
import type { JobsStore } from './jobs.store.ts'

export type AdminDeps = {
  access: Pick<Client<typeof accessContract>, 'logChange'>
  jobs: Pick<JobsStore, 'start' | 'stop' | 'find'>
  /** There is a job. */
  jobWaits: () => void
}

/** Writes down what an admin does to the index, before it is done; access-control judges whether they may. */
export async function logChange({ access }: AdminDeps, operation: string, input: unknown, call: Call) {
  const logged = await access.logChange({ operation: `retrieval.${operation}`, input }, call)
  if (logged.ok) return logged
  return failFromAccess<'access.forbidden' | 'access.pending' | 'access.deactivated' | 'access.stopped'>(logged.fault)
}
