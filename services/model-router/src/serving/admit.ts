import type { Call } from '@tessera/shared/bus/call'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Configuration, Configurations } from '../configuration/configuration.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Asked } from './asked.ts'
import type { Decide } from './decide.ts'
import { createEntry, startOf } from './entry.ts'

export type Admit = ReturnType<typeof createAdmit>

/** A configuration that changes while requests come in is read again; one that changes all the time is somebody's mistake. */
const MAX_READINGS = 5

/**
 * Everything that comes before a text leaves: which models are meant, which of them may process it, whether the budgets have room, the row in the ledger. That row
 * is only written if the configuration that all of this was decided by is still in force.
 */
export function createAdmit({
  configurations,
  ledger,
  decide,
}: {
  configurations: Configurations
  ledger: Ledger
  decide: Decide
}) {
  return async function admit(asked: Asked, call: Call) {
    const { workspaceId } = call.caller
    let configuration = await read(configurations.of(workspaceId))
    for (let reading = 0; configuration && reading < MAX_READINGS; reading++) {
      const decided = await decide(configuration, asked, call)
      if (!decided.ok) {
        // What an older configuration refuses may be permitted by now; what it permits is found out with the row.
        const present = await read(configurations.now(workspaceId))
        if (!present || present.version === configuration.version) return decided
        configuration = present
        continue
      }
      const start = startOf(decided.value, asked, call, configuration.version)
      const version = await ledger.begin(start)
      if (version === configuration.version) {
        return ok({ ...decided.value, entry: createEntry(ledger, start, decided.value) })
      }
      decided.value.reservation.release()
      configuration = version === undefined ? undefined : await read(configurations.now(workspaceId))
    }
    return fail(modelsFaults.fault('unavailable', 'The use of models cannot be counted at the moment.'))
  }
}

/** Undefined where the database does not answer. */
const read = (reading: Promise<Configuration>) => reading.catch(() => undefined)
