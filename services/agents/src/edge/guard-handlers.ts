import { databaseAnswers } from '@tessera/shared/database/database'
import { type Failure, fail, type Result } from '@tessera/shared/fault/result'
import type { Logger } from 'pino'
import type { AgentsDatabase } from '../database.ts'
import { fault } from './faults.ts'
import type { Fault } from '@tessera/shared/fault/fault'

type Unavailable = Fault<'agents.unavailable'>

/** Handlers that answer `agents.unavailable` when they failed because the database is gone. Any other error is a bug and stays one. */
export function guardHandlers(db: AgentsDatabase, logger: Logger) {
  const gone = async (error: unknown): Promise<Failure<Unavailable>> => {
    if (await databaseAnswers(db)) throw error
    logger.error({ err: error }, 'The database does not answer')
    return fail(fault('unavailable', 'The database of the agents does not answer.'))
  }
  return {
    call:
      <A extends unknown[], V, F extends Fault>(handler: (...given: A) => Promise<Result<V, F>>) =>
      (...given: A): Promise<Result<V, F | Unavailable>> =>
        handler(...given).catch(gone),
    stream: <A extends unknown[], E, F extends Fault>(handler: (...given: A) => AsyncIterable<Result<E, F>>) =>
      async function* guarded(...given: A): AsyncGenerator<Result<E, F | Unavailable>> {
        try {
          yield* handler(...given)
        } catch (error) {
          yield await gone(error)
        }
      },
  }
}
