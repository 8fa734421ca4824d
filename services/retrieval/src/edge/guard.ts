import type { Call } from '@tessera/shared/bus/call'
import { databaseAnswers } from '@tessera/shared/database/database'
import type { Fault } from '@tessera/shared/fault/fault'
import { type Failure, fail } from '@tessera/shared/fault/result'
import type { Logger } from 'pino'
import type { RetrievalDatabase } from '../database.ts'
import { fault } from '../faults.ts'
import { IndexMissing, IndexUnavailable } from '../index/search-index.ts'

/** Handlers that answer `retrieval.unavailable` when they failed because the database or the index is gone. Any other error is a bug and stays one. */
export const guard =
  (db: RetrievalDatabase, logger: Logger) =>
  <I, R>(handler: (input: I, call: Call) => Promise<R>) =>
  async (input: I, call: Call): Promise<R | Failure<Fault<'retrieval.unavailable'>>> => {
    try {
      return await handler(input, call)
    } catch (error) {
      if (error instanceof IndexUnavailable || error instanceof IndexMissing) {
        return fail(fault('unavailable', 'The search index does not answer.'))
      }
      if (await databaseAnswers(db)) throw error
      logger.error({ err: error }, 'The database does not answer')
      return fail(fault('unavailable', 'The database of retrieval does not answer.'))
    }
  }
