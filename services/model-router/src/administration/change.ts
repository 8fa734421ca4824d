import type { Call } from '@tessera/shared/bus/call'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import { fail, type Result } from '@tessera/shared/fault/result'
import type { Transaction } from 'kysely'
import type { Logger } from 'pino'
import { type Access, failFromAccess } from '../access/check-caller.ts'
import type { Configurations } from '../configuration/configuration.ts'
import type { ModelsDatabase } from '../database.ts'

export type ChangeDeps = { access: Access; configurations: Configurations; logger: Logger }
export type Change = ReturnType<typeof createChange>

/**
 * Changes what a workspace says of its models, for one of its admins in person. Its row in the decision log is written first, by access-control, which also
 * judges whether the caller may: what can't be logged is not changed.
 */
export const createChange = ({ access, configurations, logger }: ChangeDeps) =>
  async function change<T extends Result<unknown>>(
    call: Call,
    operation: string,
    input: unknown,
    work: (trx: Transaction<ModelsDatabase>) => Promise<T>,
  ) {
    const logged = await access.logChange({ operation: `models.${operation}`, input }, call)
    if (!logged.ok) return failFromAccess(logged.fault)
    try {
      return await configurations.change(call.caller.workspaceId, work)
    } catch (error) {
      logger.error({ err: error, operation }, 'a change of the models could not be stored')
      return fail(modelsFaults.fault('unavailable', 'The change cannot be stored at the moment.'))
    }
  }
