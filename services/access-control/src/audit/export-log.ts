import { fail, ok } from '@tessera/shared/fault/result'
import { fault } from '../faults.ts'
import { readAs } from '../changes/read-at.ts'
import type { Make } from '../handler.ts'
import { exportLog as exportLines } from '../log/export-log.ts'
import { logLook } from './log-look.ts'

/** The export itself is its last row but for a checkpoint, so that it shows who took it and is covered to its end. */
export const exportLog: Make<'exportLog'> = ({ db, log, checkpoint }) =>
  async function* exportLog({ fromSequence, toSequence }, call) {
    const may = await readAs(db, call, { anyOf: ['admin', 'auditor'] }, async ({ revision }) => ok({ revision }))
    if (!may.ok) return yield may
    const { workspaceId } = call.caller
    if (fromSequence !== undefined && toSequence !== undefined && toSequence < fromSequence) {
      return yield fail(fault('invalid', '/toSequence must not lie before /fromSequence'))
    }
    await logLook(log, call, 'exportLog', may.value.revision)
    await checkpoint(workspaceId)
    const range = {
      ...(fromSequence === undefined ? {} : { from: fromSequence }),
      ...(toSequence === undefined ? {} : { to: toSequence }),
    }
    for await (const lines of exportLines(db, workspaceId, range)) yield ok({ lines })
  }
